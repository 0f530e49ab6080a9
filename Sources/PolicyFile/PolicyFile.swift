package import Core
internal import OpenSSL

/// Gives the bytes of a file, by the path that the policy was asked for with, or relative to it.
///
/// Throws a `Problem` when there is none. Need not give more than one byte above ``PolicyFile/maximumSize``.
package typealias PolicyReader = @Sendable (_ path: String) throws -> [UInt8]

/// A policy with what it was made of.
package struct LoadedPolicy: Hashable, Sendable {
  package let policy: Policy
  /// The files read, the asked one first.
  package let sources: [String]
  /// What was read, includes resolved, in the order of the files. Its canonical text is what the digest is over.
  package let document: JSON
}

/// Text → policy, or every problem in it with its place.
package enum PolicyFile {
  /// Bytes of one file.
  package static let maximumSize = SourceText.maximumSize

  /// Reads a policy and those it extends.
  package static func load(path: String, files: @escaping PolicyReader = DiskFiles.read) -> Result<
    LoadedPolicy, PolicyProblems
  > {
    var layers = Layers(reader: files)
    let root = layers.tree(path)
    guard let root else { return .failure(PolicyProblems(layers.problems, texts: layers.texts)) }
    var validator = Validator()
    let document = validator.policy(root)
    var problems = layers.problems + validator.problems
    var coherence = Coherence(root: root)
    coherence.examine()
    problems += coherence.problems
    guard problems.isEmpty else { return .failure(PolicyProblems(problems, texts: layers.texts)) }
    let digest = Digest.hex(Digest.sha256(Array(document.text(.canonical).utf8)))
    let policy = PolicyBuilding(root: root).policy(digest: digest, notYet: validator.notYet)
    return .success(LoadedPolicy(policy: policy, sources: layers.sources, document: document))
  }

  /// Reads a policy that includes nothing from its text; `name` stands in messages.
  package static func load(text: String, name: String = "gatehouse.yml") -> Result<LoadedPolicy, PolicyProblems> {
    load(path: name) { path in
      guard path == name else {
        throw Problem("policy.unreadable", "there is no file '\(path)' beside a text", remedy: nil)
      }
      return Array(text.utf8)
    }
  }
}
