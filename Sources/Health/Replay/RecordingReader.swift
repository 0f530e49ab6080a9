import Core
import JSONText

/// Reads a recorded watch, a JSON object a line:
///
///     {"t": 30, "probe": "api", "vantage": "runner", "target": "unwell", "control": "well", "latency_ms": 212, "control_latency_ms": 90}
///
/// `t` is in seconds. `vantage` may be missing, as may `control` and both latencies, or be `null`. Other members are passed over.
package enum RecordingReader {
  package struct Fault: Error, Hashable {
    package var what: String
  }

  package static let longestLine = 64 << 10

  /// - Parameter line: Without its end.
  /// - Returns: `nil` for a blank line.
  package static func read(_ line: UnsafeRawBufferPointer) throws(Fault) -> RecordedLook? {
    var fields = Fields()
    var scanner = LineScanner(line)
    switch scanner.scan(into: &fields) {
    case .blank: return nil
    case .read: return try fields.observation()
    // Whatever is out of the ordinary is for the reader that knows all of JSON.
    case .unusual: return try read(whole: line)
    }
  }

  private static func read(whole line: UnsafeRawBufferPointer) throws(Fault) -> RecordedLook {
    let json: JSON
    do throws(JSONSyntaxError) { json = try JSON(parsing: Array(line), maximumDepth: 16) } catch {
      throw Fault(what: "column \(error.column): \(error.message)")
    }
    guard json.members != nil else { throw Fault(what: "it is no JSON object") }
    var fields = Fields()
    func text(_ key: String) throws(Fault) -> String? {
      guard let value = json[key], value != .null else { return nil }
      guard let text = value.string else { throw Fault(what: "`\(key)` is no text") }
      return text
    }
    func number(_ key: String) throws(Fault) -> Double? {
      guard let value = json[key], value != .null else { return nil }
      guard let number = value.double else { throw Fault(what: "`\(key)` is no number") }
      return number
    }
    fields.at = try number("t")
    fields.probe = try text("probe")
    fields.vantage = try text("vantage")
    fields.target = try text("target").map { Seen($0) }
    fields.control = try text("control").map { Seen($0) }
    fields.latency = try number("latency_ms")
    fields.controlLatency = try number("control_latency_ms")
    return try fields.observation()
  }

  enum Seen {
    case known(Wellness)
    case unknown

    init(_ text: String) { self = Wellness(rawValue: text).map { .known($0) } ?? .unknown }
  }

  struct Fields {
    var at: Double?
    var probe: String?
    var vantage: String?
    var target: Seen?
    var control: Seen?
    var latency: Double?
    var controlLatency: Double?

    func observation() throws(Fault) -> RecordedLook {
      guard let at, at.isFinite else { throw Fault(what: "`t` is missing: the time in seconds") }
      guard let probe, !probe.isEmpty else { throw Fault(what: "`probe` is missing: its name") }
      guard let target else { throw Fault(what: "`target` is missing: well, unwell or blind") }
      guard case .known(let seen) = target else { throw Fault(what: "`target` is neither well, unwell nor blind") }
      var before: Wellness?
      switch control {
      case nil: break
      case .known(let known)?: before = known
      case .unknown?: throw Fault(what: "`control` is neither well, unwell, blind nor null")
      }
      for latency in [latency, controlLatency] {
        if let latency, !(latency.isFinite && latency >= 0) { throw Fault(what: "a latency is below 0") }
      }
      return RecordedLook(
        at: at, probe: probe, vantage: vantage ?? "runner",
        Look(
          seen, control: before, latency: latency.map { $0 / 1000 }, controlLatency: controlLatency.map { $0 / 1000 }))
    }
  }
}
