/// Reads the common form of a line fast: one object of texts without escapes, plain numbers and `null`, no member twice.
struct LineScanner {
  enum Outcome { case blank, read, unusual }

  private let bytes: UnsafeRawBufferPointer
  private var place = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private enum Key: Int { case at, probe, vantage, target, control, latency, controlLatency, other }

  mutating func scan(into fields: inout RecordingReader.Fields) -> Outcome {
    skipBlanks()
    if place == bytes.count { return .blank }
    guard take(UInt8(ascii: "{")) else { return .unusual }
    var seen: UInt8 = 0
    repeat {
      skipBlanks()
      guard let name = text() else { return .unusual }
      skipBlanks()
      guard take(UInt8(ascii: ":")) else { return .unusual }
      skipBlanks()
      let key = LineScanner.key(name)
      if key != .other {
        let bit: UInt8 = 1 << key.rawValue
        guard seen & bit == 0 else { return .unusual }
        seen |= bit
      }
      guard value(of: key, into: &fields) else { return .unusual }
      skipBlanks()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { return .unusual }
    skipBlanks()
    return place == bytes.count ? .read : .unusual
  }

  private mutating func value(of key: Key, into fields: inout RecordingReader.Fields) -> Bool {
    // A name that is not ours may stand twice, which only the other reader sees.
    if key == .other { return false }
    if null() { return key != .at }
    switch key {
    case .at: fields.at = number()
    case .latency: fields.latency = number()
    case .controlLatency: fields.controlLatency = number()
    case .probe, .vantage:
      guard let name = text(), let text = String(validating: name, as: UTF8.self) else { return false }
      if key == .probe { fields.probe = text } else { fields.vantage = text }
      return true
    case .target, .control:
      guard let seen = text().flatMap(LineScanner.wellness) else { return false }
      if key == .target { fields.target = .known(seen) } else { fields.control = .known(seen) }
      return true
    case .other: return false
    }
    return switch key {
    case .at: fields.at != nil
    case .latency: fields.latency != nil
    default: fields.controlLatency != nil
    }
  }

  private mutating func skipBlanks() {
    while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 || bytes[place] == 0x0D { place += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard place < bytes.count, bytes[place] == byte else { return false }
    place += 1
    return true
  }

  private mutating func null() -> Bool {
    guard place + 4 <= bytes.count,
      LineScanner.isSame(UnsafeRawBufferPointer(rebasing: bytes[place..<place + 4]), "null")
    else { return false }
    place += 4
    return true
  }

  /// A text without escapes and control characters.
  private mutating func text() -> UnsafeRawBufferPointer? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    let start = place
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\"") {
        place += 1
        return UnsafeRawBufferPointer(rebasing: bytes[start..<place - 1])
      }
      if byte == UInt8(ascii: "\\") || byte < 0x20 { return nil }
      place += 1
    }
    return nil
  }

  private static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

  /// At most 15 digits, at most 9 of them after the point, and no exponent: then one division is exact to the last bit.
  private mutating func number() -> Double? {
    let isNegative = take(UInt8(ascii: "-"))
    let start = place
    var digits: Int64 = 0
    var count = 0
    var decimals = 0
    func isDigit(_ place: Int) -> Bool { place < bytes.count && bytes[place] >= 0x30 && bytes[place] <= 0x39 }
    while isDigit(place) {
      digits = digits &* 10 &+ Int64(bytes[place] - 0x30)
      count += 1
      place += 1
      if count > 15 { return nil }
    }
    guard count > 0, count == 1 || bytes[start] != 0x30 else { return nil }
    if take(UInt8(ascii: ".")) {
      while isDigit(place) {
        digits = digits &* 10 &+ Int64(bytes[place] - 0x30)
        count += 1
        decimals += 1
        place += 1
        if count > 15 || decimals > 9 { return nil }
      }
      if decimals == 0 { return nil }
    }
    if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") { return nil }
    let value = Double(digits) / LineScanner.powers[decimals]
    return isNegative ? -value : value
  }

  private static func key(_ name: UnsafeRawBufferPointer) -> Key {
    switch name.count {
    case 1: isSame(name, "t") ? .at : .other
    case 5: isSame(name, "probe") ? .probe : .other
    case 6: isSame(name, "target") ? .target : .other
    case 7: isSame(name, "vantage") ? .vantage : isSame(name, "control") ? .control : .other
    case 10: isSame(name, "latency_ms") ? .latency : .other
    case 18: isSame(name, "control_latency_ms") ? .controlLatency : .other
    default: .other
    }
  }

  private static func wellness(_ text: UnsafeRawBufferPointer) -> Wellness? {
    if isSame(text, "well") { return .well }
    if isSame(text, "unwell") { return .unwell }
    return isSame(text, "blind") ? .blind : nil
  }

  private static func isSame(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    bytes.count == text.utf8CodeUnitCount
      && bytes.elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
