import Core
import FoundationEssentials
import Processes

/// A repository made by the real `git`, with a fixed author and no configuration of this machine.
package struct GitFolder: Sendable {
  package let folder: TemporaryFolder
  /// The working folder below the temporary one.
  package let path: String

  package init(initial branch: String = "main", empty: Bool = false) async throws {
    folder = try TemporaryFolder()
    path = folder.path + "/work"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try await git("init", "-q", "-b", branch)
    if !empty { try await commit(["README.md": "one\ntwo\nthree\n"], "Begin") }
  }

  package static func environment(_ folder: TemporaryFolder) -> [String: String] {
    [
      "PATH": "/usr/bin:/bin", "HOME": folder.path, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ana",
      "GIT_AUTHOR_EMAIL": "ana@example.org", "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.org",
      "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow",
      "GIT_CONFIG_VALUE_0": "always",
    ]
  }

  @discardableResult
  package func git(_ words: String..., in place: String? = nil) async throws -> String {
    let finished = try await SystemProcessRunner().run(
      Command(
        ["git"] + words, environment: GitFolder.environment(folder), folder: place ?? path, timeout: .seconds(30)))
    guard finished.succeeded else {
      throw Problem("test.git", "git \(words) failed", why: String(decoding: finished.errorOutput, as: UTF8.self))
    }
    return String(decoding: finished.output, as: UTF8.self).split(separator: "\n").joined(separator: "\n")
  }

  package func write(_ text: String, to name: String) throws { try folder.write(text, to: "work/" + name) }

  @discardableResult
  package func commit(_ files: [String: String], _ message: String) async throws -> String {
    for (name, text) in files.sorted(by: { $0.key < $1.key }) { try write(text, to: name) }
    try await git("add", "-A")
    try await git("commit", "-q", "--allow-empty", "-m", message)
    return try await git("rev-parse", "HEAD")
  }
}
