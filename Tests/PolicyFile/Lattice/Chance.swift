import Core
import FoundationEssentials

@testable import PolicyFile

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Chance: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Chance.mixed(state)
  }

  static func mixed(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// The seed of the property tests: another one by `GATEHOUSE_SEED`, to look further or to see a failure again.
  static let seed = ProcessInfo.processInfo.environment["GATEHOUSE_SEED"].flatMap { UInt64($0) } ?? 20_261_121

  mutating func happens(_ share: Double) -> Bool { Double(next() >> 11) / Double(1 << 53) < share }
  mutating func one<Value>(of values: [Value]) -> Value { values[Int(next() % UInt64(values.count))] }
}

/// Makes values of the language from its own description.
struct RandomPolicies {
  var chance: Chance
  static let place = Place(file: "any.yml", line: 1, column: 1)

  static func scalar(_ text: String, _ style: PolicyNode.Style = .plain) -> PolicyNode {
    PolicyNode(value: .scalar(text, style), place: place)
  }
  static func list(_ elements: [PolicyNode]) -> PolicyNode { PolicyNode(value: .list(elements), place: place) }
  static func map(_ entries: [(String, PolicyNode)]) -> PolicyNode {
    PolicyNode(value: .map(entries.map { .init(key: $0.0, place: place, value: $0.1) }), place: place)
  }

  /// A value of the shape; keys of maps that need not be there are there as often as not.
  mutating func value(_ shape: Shape) -> PolicyNode {
    switch shape {
    case .text(let kind): text(kind)
    case .flag: Self.scalar(chance.one(of: ["true", "false"]))
    case .whole(let range):
      Self.scalar(
        String(Int.random(in: range.lowerBound...min(range.upperBound, range.lowerBound + 5), using: &chance)))
    case .choice(let choices): Self.scalar(chance.one(of: choices.map(\.word)))
    case .anyScalar:
      chance.one(of: [
        Self.scalar("1"), Self.scalar("1", .quoted), Self.scalar("true"), Self.scalar("ok"), Self.scalar("ok", .quoted),
      ])
    case .list(let element, let least):
      Self.list((0..<Int.random(in: max(least, 1)...3, using: &chance)).map { _ in value(element) })
    case .identified(let element): identified(element)
    case .oneOrMany(let element): chance.happens(0.5) ? value(element) : Self.list([value(element), value(element)])
    case .map(_, let element):
      Self.map(["k1", "env", "file"].filter { _ in chance.happens(0.5) }.map { ($0, value(element)) })
    case .object(let fields): object(fields)
    case .byWord(let key, let variants): variant(key, chance.one(of: variants))
    case .byKey(let variants): object(chance.one(of: variants).fields)
    case .wordOr(let words, let other): chance.happens(0.4) ? Self.scalar(chance.one(of: words)) : value(other)
    case .textOr(let kind, let fields): chance.happens(0.5) ? text(kind) : object(fields)
    case .secret: Self.map([(chance.one(of: ["env", "file"]), Self.scalar(chance.one(of: ["A", "B"])))])
    }
  }

  private mutating func variant(_ key: String, _ variant: Shape.Variant) -> PolicyNode {
    Self.map(
      variant.fields.filter { $0.isRequired || chance.happens(0.5) }.map {
        ($0.key, $0.key == key ? Self.scalar(variant.name) : value($0.shape))
      })
  }

  mutating func object(_ fields: [Field]) -> PolicyNode {
    Self.map(fields.filter { $0.isRequired || chance.happens(0.5) }.map { ($0.key, value($0.shape)) })
  }

  private mutating func identified(_ element: Shape) -> PolicyNode {
    let ids = ["e1", "e2", "e3"].filter { _ in chance.happens(0.5) }
    return Self.list(ids.map { named(element, $0) })
  }

  private mutating func named(_ element: Shape, _ id: String) -> PolicyNode {
    Self.map([("id", Self.scalar(id))] + value(element).entries.filter { $0.key != "id" }.map { ($0.key, $0.value) })
  }

  private mutating func text(_ kind: TextKind) -> PolicyNode {
    if let form = kind.limit {
      let amount = Int.random(in: 1...6, using: &chance)
      let unit: String =
        switch form.unit {
        case .share: "0%"
        case .duration: chance.one(of: ["s", "m"])
        case .count(let noun): chance.one(of: ["", " " + noun])
        case .number: ""
        case .free: chance.one(of: ["", "%", "s", "ms"])
        }
      return Self.scalar("\(chance.one(of: form.relations).rawValue) \(amount)\(unit)", .quoted)
    }
    let words: [String] =
      switch kind.name {
      case "duration", "some-time", "period", "cadence":
        ["1s", "30s", "2m", "10m", "15m", "30m", "1h", "24h", "2d", "90d"]
      case "share", "jitter": ["5%", "10%", "20%"]
      case "date": ["2026-01-01", "2026-06-01", "2026-06-01 12:00", "2027-01-01"]
      case "weekly":
        ["Mon-Thu 09:00-17:00", "Mon-Wed 09:00-17:00", "Tue 10:00-12:00", "Sun 02:00-06:00", "Fri-Mon 00:00-24:00"]
      case "timezone": ["UTC", "America/Sao_Paulo", "Asia/Tokyo"]
      case "id": ["e1", "e2", "e3"]
      default: ["a", "b", "c"]
      }
    return Self.scalar(chance.one(of: words), kind.mustBeQuoted ? .quoted : .plain)
  }

  // MARK: Layers

  /// What another file may write upon a policy: a few changes of what is there, a few things more.
  mutating func layer(upon base: PolicyNode, _ fields: [Field], boldness: Double) -> PolicyNode {
    Self.map(
      fields.compactMap { field in
        guard chance.happens(boldness), let value = change(base[field.key], field.shape, boldness) else { return nil }
        return (field.key, value)
      })
  }

  private mutating func change(_ base: PolicyNode?, _ shape: Shape, _ boldness: Double) -> PolicyNode? {
    guard let base else { return value(shape) }
    switch shape {
    case .object(let fields): return layer(upon: base, fields, boldness: max(boldness, 0.4))
    case .identified(let element):
      var elements: [PolicyNode] = []
      for id in ["e1", "e2", "e3"] where chance.happens(0.4) {
        guard let lower = base.elements.first(where: { $0["id"]?.text == id }) else {
          elements.append(named(element, id))
          continue
        }
        let fields = fields(of: element, lower).filter { $0.key != "id" }
        let changed = layer(upon: lower, fields, boldness: max(boldness, 0.2)).entries
        elements.append(Self.map([("id", Self.scalar(id))] + changed.map { ($0.key, $0.value) }))
      }
      return Self.list(elements)
    default: return chance.happens(0.3) ? base : value(shape)
    }
  }

  private func fields(of shape: Shape, _ node: PolicyNode) -> [Field] {
    switch shape {
    case .object(let fields): fields
    case .byWord(let key, let variants):
      variants.first { $0.name == node[key]?.text }?.fields.filter { $0.key != key } ?? []
    case .byKey(let variants): variants.first { node[$0.name] != nil }?.fields ?? []
    default: []
    }
  }
}
