import Core
import JSONText

/// What somebody says about files, told apart by their digests only: in-toto's Statement, version 1 and its forerunner
/// (https://github.com/in-toto/attestation, spec/v1/statement.md).
package struct InTotoStatement: Hashable, Sendable {
  package struct Subject: Hashable, Sendable {
    /// Empty when it has none.
    package var name: String
    /// Algorithm to digest, in lower case: `sha256`, `gitCommit`.
    package var digests: [String: String]

    package init(name: String, digests: [String: String]) {
      self.name = name
      self.digests = digests
    }
  }

  package static let mediaType = "application/vnd.in-toto+json"
  package static let type = "https://in-toto.io/Statement/v1"
  private static let types: Set<String> = [type, "https://in-toto.io/Statement/v0.1"]
  private static let mostSubjects = 50_000
  private static let deepest = 64

  package var subjects: [Subject]
  /// A URI; it alone says what `predicate` is.
  package var predicateType: String
  package var predicate: JSON

  package init(subjects: [Subject], predicateType: String, predicate: JSON) {
    self.subjects = subjects
    self.predicateType = predicateType
    self.predicate = predicate
  }

  /// What was signed, read: first its type, then its bytes. Members that we do not know are passed over.
  package init(_ payload: VerifiedPayload) throws(EnvelopeFault) {
    guard InTotoStatement.isMediaType(payload.type) else {
      throw EnvelopeFault(.unfitting, "holds no in-toto statement but something of another type")
    }
    let json: JSON
    do {
      json = try JSON(parsing: payload.bytes, maximumDepth: InTotoStatement.deepest)
    } catch {
      throw EnvelopeFault(.unfitting, "holds a statement that is no readable JSON: \(error.message)")
    }
    guard let type = json["_type"]?.string, InTotoStatement.types.contains(type) else {
      throw EnvelopeFault(.unfitting, "holds no in-toto statement of version 1 or 0.1")
    }
    guard let predicateType = json["predicateType"]?.string, !predicateType.isEmpty,
      let subjects = json["subject"]?.array, !subjects.isEmpty, subjects.count <= InTotoStatement.mostSubjects
    else {
      throw EnvelopeFault(
        .unfitting,
        "holds a statement without a predicateType, or not with 1 to \(InTotoStatement.mostSubjects) subjects")
    }
    var read: [Subject] = []
    for subject in subjects {
      var digests: [String: String] = [:]
      for member in subject["digest"]?.members ?? [] {
        if let digest = member.value.string { digests[member.key] = digest.lowercased() }
      }
      guard !digests.isEmpty else {
        throw EnvelopeFault(.unfitting, "holds a statement about a subject without a digest")
      }
      read.append(Subject(name: subject["name"]?.string ?? "", digests: digests))
    }
    self.init(subjects: read, predicateType: predicateType, predicate: json["predicate"] ?? .null)
  }

  /// `application/vnd.in-toto+json`, or with the name of a predicate, which is not believed.
  private static func isMediaType(_ text: String) -> Bool {
    text == mediaType || text.hasPrefix("application/vnd.in-toto.") && text.hasSuffix("+json")
  }

  package var json: JSON {
    [
      "_type": .string(InTotoStatement.type),
      "subject": .array(
        subjects.map { subject in
          [
            "name": .string(subject.name),
            "digest": .object(
              subject.digests.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }),
          ]
        }),
      "predicateType": .string(predicateType), "predicate": predicate,
    ]
  }

  /// The statement in an envelope of its own; equal statements give equal bytes (RFC 8785).
  package func signed(by signer: EnvelopeSigner) -> DSSEEnvelope? {
    signer.envelope(of: Array(json.text(.canonical).utf8), type: InTotoStatement.mediaType)
  }
}
