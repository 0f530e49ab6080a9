import Core
import FoundationEssentials
import PolicyFile

/// Where the files of this repository are, whatever folder the tests run in.
enum Samples {
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  static let neonpro = root + "/templates/policies/neonpro.yml"

  static func text(_ path: String) throws -> String {
    String(decoding: try DiskFiles.read(path), as: UTF8.self)
  }

  /// The example of the shared material, when it is there.
  static let shared: String? = {
    let folder = ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"] ?? root + "/../shared"
    let path = folder + "/design/policy-example.yml"
    guard FileManager.default.isReadableFile(atPath: path) else {
      print("NOT RUN: the shared example policy is not there; set GATEHOUSE_SHARED to test it")
      return nil
    }
    return path
  }()

  /// A small policy with `text` below its two obligatory lines; `text` begins in line 3.
  static func policy(_ text: String) -> String { "apiVersion: gatehouse/v1\nname: clinic\n" + text }

  static func problems(_ text: String) -> [PolicyProblem] {
    switch PolicyFile.load(text: text) {
    case .success: []
    case .failure(let found): found.problems
    }
  }

  static func loaded(_ text: String) throws -> LoadedPolicy { try PolicyFile.load(text: text).get() }

  static func describe(_ found: Result<LoadedPolicy, PolicyProblems>) -> String {
    switch found {
    case .success: "accepted"
    case .failure(let problems): problems.rendered()
    }
  }

  /// Several files by name, for policies that extend others.
  static func load(_ files: [String: String], _ path: String) -> Result<LoadedPolicy, PolicyProblems> {
    PolicyFile.load(path: path) { name in
      guard let text = files[name] else { throw Problem("policy.missing", "there is no file '\(name)'") }
      return Array(text.utf8)
    }
  }
}
