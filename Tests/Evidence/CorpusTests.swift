import Evidence
import FoundationEssentials
import Testing

/// What `ci/fuzz` found worth keeping is read again by every run of the tests: each file ends in facts or in a named fault.
@Suite struct CorpusTests {
  private static let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Corpus/"

  /// The folders of the corpus, one for each reader.
  private static let kept: [String] = {
    let known = Set(SingleReader.names + ["Recognition", "VEX", "Manifest"])
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

  /// As `Tests/Fuzzing` does it: the first byte says how long the pieces are; 0 leaves it whole.
  private static func cut(_ bytes: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
    guard let first = bytes.first, bytes.count > 1 else { return [] }
    let length = first == 0 ? bytes.count : Int(first)
    return stride(from: 1, to: bytes.count, by: length).map {
      UnsafeRawBufferPointer(rebasing: bytes[$0..<min($0 + length, bytes.count)])
    }
  }
}
