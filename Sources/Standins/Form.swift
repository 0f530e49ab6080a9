import Core

/// The members of a JSON object, read one by one; what nobody asked for is an error.
struct Form {
  private let place: String
  private var rest: [JSON.Member]

  init(_ json: JSON?, _ place: String) throws(Problem) {
    guard let members = json?.members else { throw Form.wrong(place, "is not an object") }
    self.place = place
    rest = members
  }

  static func wrong(_ place: String, _ why: String) -> Problem {
    Problem("standin.control", "the stand-in was told something that it does not understand", place: place, why: why)
  }

  mutating func value(_ key: String) -> JSON? {
    guard let index = rest.firstIndex(where: { $0.key == key }) else { return nil }
    return rest.remove(at: index).value
  }

  mutating func string(_ key: String) throws(Problem) -> String? {
    try typed(key, "text") { $0.string }
  }
  mutating func integer(_ key: String) throws(Problem) -> Int? {
    try typed(key, "whole number") { $0.integer.flatMap { Int(exactly: $0) } }
  }
  mutating func bool(_ key: String) throws(Problem) -> Bool? {
    try typed(key, "true or false") { $0.bool }
  }
  mutating func list(_ key: String) throws(Problem) -> [JSON]? {
    try typed(key, "list") { $0.array }
  }
  mutating func strings(_ key: String) throws(Problem) -> [String]? {
    try typed(key, "list of texts") { json in
      json.array.flatMap { items in
        let texts = items.compactMap(\.string)
        return texts.count == items.count ? texts : nil
      }
    }
  }
  mutating func choice<Choice: RawRepresentable>(_ key: String, _: Choice.Type = Choice.self) throws(Problem) -> Choice?
  where Choice.RawValue == String {
    guard let text = try string(key) else { return nil }
    guard let choice = Choice(rawValue: text) else { throw Form.wrong("\(place).\(key)", "\(text) is not known") }
    return choice
  }
  mutating func required(_ key: String) throws(Problem) -> String {
    guard let text = try string(key) else { throw Form.wrong("\(place).\(key)", "is missing") }
    return text
  }

  private mutating func typed<Value>(_ key: String, _ kind: String, _ read: (JSON) -> Value?) throws(Problem) -> Value?
  {
    guard let json = value(key) else { return nil }
    guard let value = read(json) else { throw Form.wrong("\(place).\(key)", "is no \(kind)") }
    return value
  }

  func finish() throws(Problem) {
    guard rest.isEmpty else {
      throw Form.wrong(place, "unknown: " + rest.map(\.key).joined(separator: ", "))
    }
  }
}
