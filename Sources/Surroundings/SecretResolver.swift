import Core
import FoundationEssentials
import Glibc
import Processes

/// Finds the secret that a policy refers to. A missing one and an empty one are told apart; none is ever shown.
package struct SecretResolver: Sendable {
  /// Most bytes of a secret; a longer one is a mistake, such as a path to a log file.
  private static let limit = 64 << 10

  private let environment: [String: String]
  /// The policy's folder, which relative files are below.
  private let folder: String
  private let processes: any ProcessRunner

  package init(environment: [String: String], folder: String, processes: any ProcessRunner) {
    self.environment = environment
    self.folder = folder
    self.processes = processes
  }

  package func resolve(_ reference: SecretReference) async throws(Problem) -> Secret {
    let bytes: [UInt8]
    switch reference {
    case .environment(let name):
      guard let value = environment[name] else {
        throw Problem(
          "secret.missing", "a secret is missing", place: "\(reference)", why: "it is not set",
          remedy: "set \(name) in the environment of this step")
      }
      bytes = Array(value.utf8)
    case .file(let path): bytes = try read(path.hasPrefix("/") ? path : folder + "/" + path, reference)
    case .command(let words): bytes = try await run(words, reference)
    }
    return try secret(bytes, reference)
  }

  /// Less one line end, which an editor or `echo` left.
  private func secret(_ bytes: [UInt8], _ reference: SecretReference) throws(Problem) -> Secret {
    var bytes = bytes[...]
    if bytes.last == UInt8(ascii: "\n") {
      bytes = bytes.dropLast()
      if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
    }
    guard !bytes.isEmpty else {
      throw Problem(
        "secret.empty", "a secret is empty", place: "\(reference)",
        remedy: "give it its value; a CI passes an empty one when the job may not read it")
    }
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem("secret.unreadable", "a secret is no text", place: "\(reference)")
    }
    return Secret(text)
  }

  private func read(_ path: String, _ reference: SecretReference) throws(Problem) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw Problem(
        errno == ENOENT ? "secret.missing" : "secret.unreadable", "a secret cannot be read", place: "\(reference)",
        why: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: SecretResolver.limit + 1)
    var count = 0
    while count < bytes.count {
      let more = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
      }
      if more < 0, errno == EINTR { continue }
      guard more >= 0 else {
        throw Problem(
          "secret.unreadable", "a secret cannot be read", place: "\(reference)", why: String(cString: strerror(errno)))
      }
      if more == 0 { break }
      count += more
    }
    guard count <= SecretResolver.limit else { throw tooLong(reference) }
    return Array(bytes[..<count])
  }

  private func run(_ words: [String], _ reference: SecretReference) async throws(Problem) -> [UInt8] {
    let finished = try await processes.run(
      Command(
        words, environment: environment, folder: folder, timeout: .seconds(30), captureLimit: SecretResolver.limit))
    guard finished.succeeded else {
      throw Problem(
        "secret.command-failed", "a secret cannot be read", place: "\(reference)",
        why: "\(words.first ?? "it") \(finished.ending)", remedy: "run it by hand in the same place to see why")
    }
    if finished.outputWasCut { throw tooLong(reference) }
    return finished.output
  }

  private func tooLong(_ reference: SecretReference) -> Problem {
    Problem(
      "secret.unreadable", "a secret is too long", place: "\(reference)",
      why: "it has more than \(SecretResolver.limit) bytes")
  }
}
