import Core
import Evidence
import Glibc
import Release
import Surroundings

/// Who answers, as the surroundings say it. A claim and not a signature: anybody who may write to the store can make it.
enum Claimant {
  static let longestName = 128

  /// - Parameter name: what the person calls himself; else the CI's actor, else the user of this machine.
  static func person(_ name: String?, _ environment: [String: String]) throws(Problem) -> WaitAnswer.Person {
    let user = userName()
    let machine = "\(user ?? "user \(getuid())") on \(EnvironmentLock.hostName())"
    let ci = CIRun.detect(environment)
    if let name {
      return .init(name: try checked(name, "--as"), source: "--as, by \(ci?.actor.map(shown) ?? machine)")
    }
    if let ci, let actor = ci.actor { return .init(name: shown(actor), source: ci.system.rawValue) }
    guard ci == nil, let user else {
      throw Problem(
        "usage.person", "who answers is not known",
        why: ci.map { "\($0.system.rawValue) does not say who started the job" } ?? "this user has no name",
        remedy: "say it: --as NAME")
    }
    return .init(name: shown(user), source: machine)
  }

  /// A text of one line that a person wrote on the command line.
  static func checked(_ text: String, _ option: String, limit: Int = longestName) throws(Problem) -> String {
    let trimmed = text.drop(while: \.isWhitespace)
    guard !trimmed.isEmpty, text.unicodeScalars.count <= limit, DisplayText.bounded(text, to: limit) == text else {
      throw Problem(
        "usage.text", "\(option) wants a text of one line, of at most \(limit) characters",
        remedy: "write it without control characters")
    }
    return text
  }

  private static func shown(_ name: String) -> String { DisplayText.bounded(name, to: longestName) }

  private static func userName() -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16384)
    // The reentrant one: other threads may ask as well (getpwuid_r(3)).
    guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
    else { return nil }
    return String(cString: name)
  }
}
