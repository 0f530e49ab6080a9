import Evidence
import TestSupport
import Testing

/// Coverage that was damaged on its way is read as something that can be, or refused; a part never passes for the whole.
@Suite struct DamagedCoverageTests {
  private static let withAnEnd = CoverageSamples.whole.filter { !$0.hasPrefix("mode:") }

  /// A profile of Go has no end: whoever cuts it between two lines leaves a whole one, which go tool cover takes too.
  @Test(arguments: withAnEnd)
  func `coverage cut short anywhere is not read`(text: String) throws {
    let folder = try TemporaryFolderBytes()
    let bytes = Array(text.utf8)
    _ = try EvidenceReader.read(folder.write(bytes))
    for count in 0..<bytes.count {
      #expect(throws: EvidenceFault.self) { try EvidenceReader.read(folder.write(Array(bytes[..<count]))) }
    }
  }

  @Test(arguments: CoverageSamples.whole)
  func `wrong bytes and pieces in coverage end in facts that can be, or in a fault`(text: String) throws {
    let folder = try TemporaryFolderBytes()
    let bytes = Array(text.utf8)
    var faults = 0
    func look(_ made: [UInt8]) throws {
      do {
        guard case .coverage(let facts) = try EvidenceReader.read(folder.write(made)).facts else { return }
        for measure in CoverageMeasure.allCases {
          let share = facts.share(of: measure)
          #expect(share.part >= 0 && share.part <= share.whole)
        }
      } catch is EvidenceFault {
        faults += 1
      }
    }
    for place in stride(from: 0, to: bytes.count, by: 2) {
      var damaged = bytes
      damaged[place] = [0x22, 0x7D, 0x39, 0x2D, 0xFF][place / 2 % 5]
      try look(damaged)
    }
    for start in stride(from: 0, to: bytes.count - 12, by: 5) {
      try look(Array(bytes[..<start] + bytes[(start + 12)...]))
      try look(Array(bytes[..<(start + 12)] + bytes[start...]))
    }
    #expect(faults > bytes.count / 10)
  }
}
