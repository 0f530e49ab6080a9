import FoundationEssentials
import Testing

@testable import Core

@Suite struct ZoneRulesTests {
  /// A file of the form of RFC 8536 with one offset and a rule at its end.
  private func file(_ footer: String, offset: Int32 = 0) -> [UInt8] {
    func block() -> [UInt8] {
      var bytes = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
      for count in [0, 0, 0, 0, 1, 4] as [UInt32] { bytes += withUnsafeBytes(of: count.bigEndian) { Array($0) } }
      bytes += withUnsafeBytes(of: offset.bigEndian) { Array($0) }
      return bytes + [0, 0] + Array("XXX\0".utf8)
    }
    return block() + block() + Array("\n\(footer)\n".utf8)
  }

  @Test(arguments: [
    ("<-03>3", "2027-01-31", "2027-01-31T03:00:00.000Z"), ("UTC0", "2027-01-31 09:30", "2027-01-31T09:30:00.000Z"),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2027-01-31", "2027-01-30T23:00:00.000Z"),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2027-07-31", "2027-07-30T22:00:00.000Z"),
    // 2027-03-28 02:30 is never shown, and 2027-10-31 02:30 twice.
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2027-03-28 02:30", "2027-03-28T01:30:00.000Z"),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2027-10-31 02:30", "2027-10-31T00:30:00.000Z"),
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2027-10-31 03:00", "2027-10-31T02:00:00.000Z"),
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2027-01-31", "2027-01-30T13:00:00.000Z"),
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2027-07-31", "2027-07-30T14:00:00.000Z"),
    ("IST-5:30", "2027-01-31", "2027-01-30T18:30:00.000Z"),
    ("X+1Y,J60/0,J300/0", "2028-02-29", "2028-02-29T01:00:00.000Z"),
    ("XXX1YYY,J60/0,J300/0", "2028-03-02", "2028-03-02T00:00:00.000Z"),
  ])
  func `a local date is a moment`(footer: String, text: String, expected: String) {
    guard footer != "X+1Y,J60/0,J300/0" else {
      #expect(ZoneRules(file: file(footer)) == nil, "a name has three letters")
      return
    }
    #expect(ZoneRules(file: file(footer))?.moment(text)?.description == expected)
  }

  @Test func `UTC and the earliest place`() {
    #expect(ZoneRules.utc.moment("2027-01-31")?.description == "2027-01-31T00:00:00.000Z")
    #expect(ZoneRules.earliest.moment("2027-01-31")?.description == "2027-01-30T10:00:00.000Z")
    #expect(ZoneRules.utc.moment("soon") == nil && ZoneRules.utc.moment("2027-02-30") == nil)
  }

  @Test func `what is no file of a zone is none, wherever it is cut or wrong`() {
    let whole = file("CET-1CEST,M3.5.0,M10.5.0/3")
    #expect(ZoneRules(file: whole) != nil)
    for count in 0..<(whole.count - 28) { #expect(ZoneRules(file: Array(whole[..<count])) == nil, "\(count)") }
    for place in whole.indices {
      var damaged = whole
      damaged[place] = 0xFF
      // Read or refused, never a fault of ours.
      _ = ZoneRules(file: damaged)?.moment("2027-01-31")
    }
  }

  @Test func `this machine's own files are read, where it has them`() throws {
    guard let data = FileManager.default.contents(atPath: "/usr/share/zoneinfo/America/Sao_Paulo") else {
      print("NOT TESTED: this machine has no time zone database")
      return
    }
    let zone = try #require(ZoneRules(file: [UInt8](data)))
    #expect(zone.moment("2027-01-31")?.description == "2027-01-31T03:00:00.000Z")
    // Summer time, until 2019.
    #expect(zone.moment("2018-12-31")?.description == "2018-12-31T02:00:00.000Z")
  }
}
