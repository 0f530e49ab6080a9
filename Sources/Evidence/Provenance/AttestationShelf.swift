import Attestations
import Core

/// What trusted signers say of files, and what was read beside it that proves nothing.
///
/// Only what is here binds a report, and each of it alone may: to take an attestation away, or not to know its key, never
/// makes a verdict better.
package struct AttestationShelf: Hashable, Sendable {
  /// An attestation, or a file of them, that proves nothing.
  package struct Rejected: Hashable, Sendable {
    package var place: String
    /// Goes on from the place: `is signed by no key that is trusted`.
    package var why: String
  }

  private static let mostKept = 100
  /// Envelopes of all files together; each costs signatures to be checked.
  private static let mostEnvelopes = 10_000

  private var byDigest: [String: [AttestedFile]] = [:]
  private var byPath: [String: [AttestedFile]] = [:]
  /// Statements that a signer signed.
  package private(set) var statements = 0
  /// The first of them; how many there are: ``rejectedCount``.
  package private(set) var rejected: [Rejected] = []
  package private(set) var rejectedCount = 0
  /// Files in which there are envelopes: they are no reports.
  package private(set) var sources: Set<String> = []

  package init() {}

  /// What is said of these bytes, when they lie at that path.
  package func files(sha256: String, path: String) -> [AttestedFile] {
    (byDigest[sha256] ?? []).filter { $0.path == nil || $0.path == path }
  }

  /// What is said of a file at that path, whatever its bytes.
  package func files(at path: String) -> [AttestedFile] { byPath[path] ?? [] }

  /// Every path that a signer says there is a file at.
  package var paths: [String] { byPath.keys.sorted() }

  package mutating func read(_ bytes: [UInt8], path: String, trusting signers: [TrustedSigner]) {
    let file: EnvelopeFile
    do {
      file = try EnvelopeFile(bytes)
    } catch {
      return reject(path, error.why)
    }
    sources.insert(path)
    for entry in file.entries {
      guard statements + rejectedCount < AttestationShelf.mostEnvelopes else {
        return reject(path, "is not read further: there are more than \(AttestationShelf.mostEnvelopes) attestations")
      }
      let place = entry.line.map { "\(path):\($0)" } ?? path
      do throws(EnvelopeFault) { try add(entry, place, signers) } catch { reject(place, error.why) }
    }
  }

  package mutating func reject(_ place: String, _ why: String) {
    rejectedCount += 1
    if rejected.count < AttestationShelf.mostKept { rejected.append(Rejected(place: place, why: why)) }
  }

  private mutating func add(
    _ entry: EnvelopeFile.Entry, _ place: String, _ signers: [TrustedSigner]
  ) throws(EnvelopeFault) {
    var told = EnvelopeFault(.untrusted, "is signed by no key that is trusted")
    for signer in signers {
      let statement: InTotoStatement
      do {
        statement = try entry.statement(by: signer.key)
      } catch {
        // What a signer signed, and cannot be used, says more than that another one did not sign it.
        if told.kind != .unfitting { told = error }
        continue
      }
      let provenance = Provenance(statement)
      if let builder = signer.builder, provenance.builder != builder {
        told = EnvelopeFault(.unfitting, "is signed by \(signer.id), and not for the builder that the policy names")
        continue
      }
      try add(statement, provenance, place, signer)
      statements += 1
      return
    }
    throw told
  }

  private mutating func add(
    _ statement: InTotoStatement, _ provenance: Provenance, _ place: String, _ signer: TrustedSigner
  ) throws(EnvelopeFault) {
    if statement.predicateType == CollectedStatement.predicateType {
      let collected = try CollectedStatement(statement)
      for entry in collected.entries {
        put(
          AttestedFile(
            place: place, signer: signer.id, way: .signedManifest, sha256: entry.sha256,
            path: collected.path(of: entry), commits: [entry.commit], made: entry.started ?? entry.finished,
            exit: entry.exit, isClean: entry.isClean))
      }
      return
    }
    for subject in statement.subjects {
      guard let sha256 = subject.digests["sha256"] else { continue }
      put(
        AttestedFile(
          place: place, signer: signer.id, way: .provenance, sha256: sha256, commits: provenance.commits,
          made: provenance.started ?? provenance.finished))
    }
  }

  private mutating func put(_ file: AttestedFile) {
    byDigest[file.sha256, default: []].append(file)
    if let path = file.path { byPath[path, default: []].append(file) }
  }
}
