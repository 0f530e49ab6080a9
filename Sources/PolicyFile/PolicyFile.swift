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
  /// The files as they were read, in the order of ``sources``, each once: what a run keeps.
  package let files: [PolicyText]
  /// What contradicts itself, or seems to, and may be meant.
  package let warnings: [PolicyProblem]
  /// The tree, includes resolved.
  package let root: PolicyNode
}

/// One file that a policy was read from, as it was when it was read.
package struct PolicyText: Hashable, Sendable {
  /// Relative to the folder of the policy that was asked for.
  package let path: String
  /// Over the bytes, in lower-case hexadecimal.
  package let sha256: String
  package let text: String

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    sha256 = Digest.hex(Digest.sha256(bytes))
    text = String(decoding: bytes, as: UTF8.self)
  }
}

/// Text → policy, or every problem in it with its place.
package enum PolicyFile {
  /// Whether a line of the text looks like a secret, so that the text must not be kept.
  package static func mayHoldSecret(_ text: String) -> Bool {
    text.split(whereSeparator: \.isNewline).contains { SecretShapes.looksSecret(String($0)) }
  }

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
    let people = layers.peopleBeside(root)
    let found = Contradictions.find(in: root, people: people, siblings: layers.siblings)
    problems += found.certain
    problems += SecretSearch.lines(layers.texts.filter { layers.sources.contains($0.key) }, known: problems)
    guard problems.isEmpty else {
      return .failure(PolicyProblems(problems, warnings: found.doubtful, texts: layers.texts))
    }
    let digest = Digest.hex(Digest.sha256(Array(document.text(.canonical).utf8)))
    let policy = PolicyBuilding(root: root).policy(digest: digest, notYet: validator.notYet)
    var seen: Set<String> = []
    let files = layers.sources.filter { seen.insert($0).inserted }.map {
      PolicyText(path: Layers.relative($0, to: path), bytes: layers.bytes[$0] ?? [])
    }
    return .success(
      LoadedPolicy(
        policy: policy, sources: layers.sources, document: document, files: files,
        warnings: PolicyProblems.prepared(found.doubtful, layers.texts), root: root))
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
