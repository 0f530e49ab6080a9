import Core
import JSONText

/// A file with envelopes in it: one alone (`.json`), one a line (`.intoto.jsonl`), or Sigstore's bundle with a `dsseEnvelope`
/// (https://docs.sigstore.dev/about/bundle/).
///
/// A file as a whole is signed by nobody: envelopes may stand in any order, and one that was taken away is not missed.
package struct EnvelopeFile: Sendable {
  package struct Entry: Sendable {
    /// From 1, where each line has an envelope.
    package var line: Int?
    package var outcome: Result<DSSEEnvelope, EnvelopeFault>
    /// Whether a certificate of Sigstore stands in the place of a key.
    package var isKeyless = false
  }

  package static let largest = 16 << 20
  private static let mostEntries = 2000
  private static let deepest = 64

  package var entries: [Entry]

  /// - Throws: a fault of the kind `malformed` for a file in which nothing looks like an envelope.
  package init(_ bytes: [UInt8]) throws(EnvelopeFault) {
    guard bytes.count <= EnvelopeFile.largest else { throw EnvelopeFault(.malformed, "is larger than 16 MB") }
    let lines = EnvelopeFile.lines(bytes)
    guard let first = lines.first else { throw EnvelopeFault(.malformed, "is empty") }
    if lines.count > 1, EnvelopeFile.isObject(Array(first.bytes)) {
      entries = lines.prefix(EnvelopeFile.mostEntries).map { EnvelopeFile.entry(Array($0.bytes), line: $0.number) }
      if lines.count > EnvelopeFile.mostEntries {
        entries.append(
          Entry(
            line: lines[EnvelopeFile.mostEntries].number,
            outcome: .failure(EnvelopeFault(.malformed, "is beyond the \(EnvelopeFile.mostEntries) that are read"))))
      }
    } else {
      entries = [EnvelopeFile.entry(bytes, line: nil)]
    }
    guard
      entries.contains(where: { if case .failure(let fault) = $0.outcome { fault.kind != .malformed } else { true } })
    else {
      if entries.count == 1, case .failure(let fault) = entries[0].outcome { throw fault }
      throw EnvelopeFault(.malformed, "holds no DSSE envelope in any line")
    }
  }

  /// Those that are not blank, with their numbers.
  private static func lines(_ bytes: [UInt8]) -> [(number: Int, bytes: ArraySlice<UInt8>)] {
    var lines: [(number: Int, bytes: ArraySlice<UInt8>)] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    where line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) {
      lines.append((index + 1, line))
      if lines.count > mostEntries { break }
    }
    return lines
  }

  /// Whether a line is a document by itself, and the file therefore one a line.
  private static func isObject(_ bytes: [UInt8]) -> Bool {
    do { return try JSON(parsing: bytes, maximumDepth: deepest).members != nil } catch { return false }
  }

  private static func entry(_ bytes: [UInt8], line: Int?) -> Entry {
    let json: JSON
    do {
      json = try JSON(parsing: bytes, maximumDepth: deepest)
    } catch {
      return Entry(line: line, outcome: .failure(EnvelopeFault(.malformed, "is no readable JSON: \(error.message)")))
    }
    guard let material = json["verificationMaterial"] else {
      return Entry(
        line: line, outcome: Result { () throws(EnvelopeFault) in try DSSEEnvelope(json: json) },
        isKeyless: json["signatures"]?.array?.contains { $0["cert"]?.string?.isEmpty == false } ?? false)
    }
    let isKeyless = material["certificate"] != nil || material["x509CertificateChain"] != nil
    return Entry(
      line: line, outcome: Result { () throws(EnvelopeFault) in try bundled(json) }, isKeyless: isKeyless)
  }

  private static func bundled(_ bundle: JSON) throws(EnvelopeFault) -> DSSEEnvelope {
    if bundle["messageSignature"] != nil {
      throw EnvelopeFault(.unfitting, "is a Sigstore bundle that signs a file and states nothing about it")
    }
    guard let inner = bundle["dsseEnvelope"] else {
      throw EnvelopeFault(.malformed, "is a Sigstore bundle without a DSSE envelope")
    }
    let envelope = try DSSEEnvelope(json: inner)
    guard envelope.signatures.count == 1 else {
      throw EnvelopeFault(.unfitting, "is a Sigstore bundle with \(envelope.signatures.count) signatures, not one")
    }
    return envelope
  }
}

extension EnvelopeFile.Entry {
  /// The statement that the key has signed: the signature first, then the type, then the text.
  package func statement(by key: TrustedKey) throws(EnvelopeFault) -> InTotoStatement {
    let envelope = try outcome.get()
    let payload: VerifiedPayload
    do {
      payload = try envelope.verified(by: [key])
    } catch {
      guard isKeyless else { throw error }
      throw EnvelopeFault(
        .keyless,
        "is signed through a certificate of Sigstore, which this version does not verify, and by no key that is trusted"
      )
    }
    return try InTotoStatement(payload)
  }
}
