internal import Core
internal import JSONText

/// What a pattern cannot say about a text of the right form. Each answers with what is wrong, or `nil`.
enum Examining {
  @Sendable static func duration(_ text: String) -> String? {
    guard let duration = Quantities.duration(text) else { return "is too large" }
    return duration > .seconds(100 * 31_536_000) ? "is longer than 100 years" : nil
  }

  @Sendable static func date(_ text: String) -> String? {
    let numbers = text.split { "- :".contains($0) }.compactMap { Int($0) }
    guard numbers.count >= 3 else { return "is not a date" }
    let (year, month, day) = (numbers[0], numbers[1], numbers[2])
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...12).contains(month), (1...days[month - 1]).contains(day) else { return "is not in the calendar" }
    if numbers.count == 5, numbers[3] > 23 || numbers[4] > 59 { return "is not a time of day" }
    return nil
  }

  @Sendable static func weekly(_ text: String) -> String? {
    guard let hours = text.split(separator: " ").last else { return "has no hours" }
    let numbers = hours.split { "-:".contains($0) }.compactMap { Int($0) }
    guard numbers.count == 4 else { return "has no hours" }
    let (from, until) = (numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3])
    guard numbers[1] < 60, numbers[3] < 60, from < 24 * 60, until <= 24 * 60 else { return "is not a time of day" }
    return from < until ? nil : "ends before it begins; write two windows when it passes midnight"
  }

  @Sendable static func port(_ text: String) -> String? {
    guard let port = text.split(separator: ":").last.flatMap({ Int($0) }), port <= 65535 else {
      return "has no port from 1 to 65535"
    }
    return nil
  }

  @Sendable static func jsonPath(_ text: String) -> String? {
    do {
      _ = try JSONPath(text)
      return nil
    } catch {
      return "is no JSON path that is understood here: \(error.message)"
    }
  }

  @Sendable static func recipients(_ text: String) -> String? { RecipientPath.fault(text) }

  @Sendable static func glob(_ text: String) -> String? {
    var braces = 0
    var inClass = false
    var isEscaped = false
    for character in text {
      if isEscaped {
        isEscaped = false
        continue
      }
      switch character {
      case "\\": isEscaped = true
      case "[": inClass = true
      case "]": inClass = false
      case "{" where !inClass: braces += 1
      case "}" where !inClass:
        braces -= 1
        if braces < 0 { return "has a '}' without a '{'" }
      default: break
      }
    }
    if inClass { return "has a '[' without a ']'" }
    return braces > 0 ? "has a '{' without a '}'" : nil
  }
}
