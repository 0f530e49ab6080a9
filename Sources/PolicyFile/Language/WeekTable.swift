/// Days and hours of a week, by the minute: `Mon-Thu 09:00-17:00`.
struct WeekTable: Hashable, Sendable {
  static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  static let length = 7 * 24 * 60

  /// Whether it is open, for each minute from Monday 00:00.
  private(set) var minutes = [Bool](repeating: false, count: WeekTable.length)

  init() {}

  /// `nil` when one of the texts is no window.
  init?(_ texts: [String]) {
    for text in texts { guard open(text) else { return nil } }
  }

  private mutating func open(_ text: String) -> Bool {
    let parts = text.split(separator: " ")
    guard parts.count == 2 else { return false }
    let names = parts[0].split(separator: "-").compactMap { WeekTable.days.firstIndex(of: String($0)) }
    let numbers = parts[1].split { "-:".contains($0) }.compactMap { Int($0) }
    guard let first = names.first, let last = names.last, names.count <= 2, numbers.count == 4 else { return false }
    let (from, until) = (numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3])
    guard from >= 0, from < until, until <= 24 * 60 else { return false }
    for offset in 0...((last - first + 7) % 7) {
      let day = (first + offset) % 7 * 24 * 60
      for minute in (day + from)..<(day + until) { minutes[minute] = true }
    }
    return true
  }

  func isWithin(_ other: WeekTable) -> Bool { zip(minutes, other.minutes).allSatisfy { !$0 || $1 } }

  func meets(_ other: WeekTable) -> WeekTable {
    var both = self
    for index in both.minutes.indices { both.minutes[index] = minutes[index] && other.minutes[index] }
    return both
  }

  var isNeverOpen: Bool { !minutes.contains(true) }

  /// Minutes of the longest time it is open in one piece, also over the end of the week.
  var longestOpening: Int {
    guard minutes.contains(false) else { return .max }
    var (longest, current) = (0, 0)
    for isOpen in minutes + minutes {
      current = isOpen ? current + 1 : 0
      longest = max(longest, current)
    }
    return longest
  }
}
