import Attestations
import Core
import Evidence
import FoundationEssentials
import Testing

/// What `ci/fuzz` found worth keeping is read again by every run of the tests: each file ends in facts or in a named fault.
@Suite struct CorpusTests {
  private static let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Corpus/"

  /// The folders of the corpus, one for each reader.
  private static let kept: [String] = {
    let known = Set(SingleReader.names + ["Recognition", "VEX", "Manifest", "Envelopes", "Statement"])
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter(known.contains).sorted()
  }()

  @Test func `every folder of the corpus belongs to a reader`() throws {
    let all = try FileManager.default.contentsOfDirectory(atPath: CorpusTests.folder).filter { $0 != "README.md" }
    #expect(all.sorted() == CorpusTests.kept)
    #expect(all.count > 20)
  }

  @Test(arguments: kept)
  func `every file of the corpus ends in facts or in a named fault`(reader: String) throws {
    let folder = CorpusTests.folder + reader + "/"
    var read = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: folder + name)))
      #expect(bytes.count <= 4096, "\(reader)/\(name) is too large to be kept")
      do throws(EvidenceFault) {
        try CorpusTests.read(bytes, as: reader)
      } catch {
        #expect(!error.why.isEmpty, "\(reader)/\(name)")
      }
      read += 1
    }
    #expect(read > 0 && read <= 30)
  }

  private static func read(_ bytes: [UInt8], as reader: String) throws(EvidenceFault) {
    switch reader {
    case "VEX": _ = try VEXReader.read(bytes, shown: "vex")
    case "Envelopes", "Statement": _ = CorpusTests.shelf(bytes, isStatement: reader == "Statement")
    case "Manifest": _ = try EvidenceManifest.read(bytes, shown: "manifest")
    default:
      try bytes.withUnsafeBufferPointer { (buffer) throws(EvidenceFault) in
        let pieces = cut(UnsafeRawBufferPointer(buffer))
        if reader == "Recognition" {
          _ = try EvidenceReader.read(pieces: pieces, shown: "report")
        } else {
          try SingleReader.read(pieces, as: reader)
        }
      }
    }
  }

  /// As `Tests/Fuzzing` does it: a statement is signed before it is read, so that it is read to its end. What proves
  /// nothing says why.
  private static func shelf(_ bytes: [UInt8], isStatement: Bool) -> AttestationShelf {
    var shelf = AttestationShelf()
    guard let signer else { return shelf }
    let signed = signer.envelope(of: bytes, type: InTotoStatement.mediaType)
    let text = isStatement ? signed.map { Array($0.json.text().utf8) } ?? [] : bytes
    shelf.read(text, path: "a.json", trusting: [TrustedSigner(id: "ci", key: signer.publicKey)])
    #expect(shelf.statements + shelf.rejectedCount > 0 && shelf.rejected.allSatisfy { !$0.why.isEmpty })
    return shelf
  }

  /// The key of RFC 8032, section 7.1, test 1: everybody has it.
  private static let signer = try? EnvelopeSigner(
    pem: Secret(
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
      -----END PRIVATE KEY-----
      """))

  @Test func `what the corpus keeps of attestations is read to its end`() throws {
    var counted: [String: Int] = [:]
    for reader in ["Envelopes", "Statement"] {
      for name in try FileManager.default.contentsOfDirectory(atPath: CorpusTests.folder + reader) {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: CorpusTests.folder + reader + "/" + name)))
        counted[reader, default: 0] += CorpusTests.shelf(bytes, isStatement: reader == "Statement").statements
      }
    }
    #expect(counted["Envelopes", default: 0] >= 3 && counted["Statement", default: 0] >= 4)
  }

  /// As `Tests/Fuzzing` does it: the first byte says how long the pieces are; 0 leaves it whole.
  private static func cut(_ bytes: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
    guard let first = bytes.first, bytes.count > 1 else { return [] }
    let length = first == 0 ? bytes.count : Int(first)
    return stride(from: 1, to: bytes.count, by: length).map {
      UnsafeRawBufferPointer(rebasing: bytes[$0..<min($0 + length, bytes.count)])
    }
  }
}
