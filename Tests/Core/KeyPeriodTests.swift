import FoundationEssentials
import Testing

@testable import Core

@Suite struct KeyPeriodTests {
  private static let zones = [
    "UTC", "America/Sao_Paulo", "America/Noronha", "Europe/Lisbon", "Asia/Kathmandu", "Pacific/Kiritimati",
    "Pacific/Apia", "America/Havana", "Australia/Lord_Howe",
  ]

  private static func rules(_ name: String) -> ZoneRules? {
    if name == "UTC" { return .utc }
    return FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name).flatMap { ZoneRules(file: [UInt8]($0)) }
  }

  /// Around every month's and year's end of 10 years, and at 500 moments of 40 years.
  private static let moments: [Int64] = {
    let ends = (2024..<2034).flatMap { year in
      (1...12).flatMap { month in
        let first = Timestamp.days(fromCivil: Int64(year), Int64(month), 1) * 86_400
        return [-50_400, -10_801, -10_800, -3600, -1, 0, 1, 3599, 7200, 43_200, 46_800].map { first + $0 }
      }
    }
    return ends + (0..<500).map { 946_684_800 + $0 * 2_524_693 }
  }()

  @Test(arguments: zones)
  func `begins when its first day does, and the next follows it`(name: String) throws {
    guard let zone = Self.rules(name) else {
      print("NOT TESTED: this machine does not have the zone \(name)")
      return
    }
    func holds(_ period: KeyPeriod, _ time: Timestamp) -> Bool {
      let (begins, ends) = (period.begins(in: zone), period.next.begins(in: zone))
      let span = period.span
      return begins <= time && time < ends && KeyPeriod(span, at: begins, zone: zone) == period
        && KeyPeriod(span, at: ends, zone: zone) == period.next
        && KeyPeriod(span, at: ends - .milliseconds(1), zone: zone) == period
        && KeyPeriod(period.description) == period
    }
    let wrong = Self.moments.lazy.flatMap { moment in
      KeyPeriod.Span.allCases.map {
        (KeyPeriod($0, at: Timestamp(seconds: moment), zone: zone), Timestamp(seconds: moment))
      }
    }.first { !holds($0, $1) }
    #expect(wrong == nil)
  }

  @Test func `is written and read in one way only`() {
    for text in ["2026", "2026-Q4", "2026-11", "2026-11-30", "2028-02-29", "0000-01-01", "9999-12-31"] {
      #expect(KeyPeriod(text)?.description == text)
    }
    for text in [
      "", "26", "2026-", "2026-1", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "2026-Q", "2026-02-29", "2026-11-31",
      "2026-11-3", "2026-Q4-01", "-026", "2026-+1", "2026-11-30-", "２０２６",
    ] {
      #expect(KeyPeriod(text) == nil, "\(text)")
    }
  }

  @Test func `outside of the years with four digits is the first or the last`() {
    #expect(KeyPeriod(.day, at: Timestamp(milliseconds: .max), zone: .utc).description == "9999-12-31")
    #expect(KeyPeriod(.day, at: Timestamp(milliseconds: .min), zone: .earliest).description == "0000-01-01")
  }
}

@Suite struct RecipientPathTests {
  private let zone = ZoneRules(offset: -3 * 3600)

  @Test(
    arguments: [
      ("gatehouse/backup.pub", "gatehouse/backup.pub", nil),
      ("k/{year}.pub", "k/2026.pub", "2026"), ("k/{year}-{month}.pub", "k/2026-11.pub", "2026-11"),
      ("k/{year}{month}{day}", "k/20261130", "2026-11-30"), ("{year}/q{quarter}.pub", "2026/q4.pub", "2026-Q4"),
      ("{year}/{quarter}/{month}/{year}.pub", "2026/4/11/2026.pub", "2026-11"),
    ] as [(String, String, String?)])
  func `names a file for each period, which tells the period`(text: String, file: String, period: String?) throws {
    let path = RecipientPath(text)
    #expect(RecipientPath.fault(text) == nil)
    // 23:30 on the last day of November in São Paulo.
    let time = try #require(Timestamp("2026-12-01T02:30:00Z"))
    guard let period else {
      #expect(path.span == nil && path.period(ofFile: file) == nil)
      return
    }
    let span = try #require(path.span)
    #expect(KeyPeriod(span, at: time, zone: zone).description == period)
    #expect(path.file(of: KeyPeriod(span, at: time, zone: zone)) == file)
    #expect(path.period(ofFile: file)?.description == period)
    // A file that differs in one letter is of another period, or of none.
    for index in file.indices {
      let other = file[..<index] + "7" + file[file.index(after: index)...]
      guard other != file else { continue }
      #expect(path.period(ofFile: String(other)).map { path.file(of: $0) == other } ?? true)
      #expect(path.period(ofFile: String(other))?.description != period)
    }
    for other in [file + "7", "7" + file, String(file.dropLast()), ""] { #expect(path.period(ofFile: other) == nil) }
  }

  @Test(arguments: [
    ("k-{month}.pub", "no {year}"), ("k-{year}-{day}.pub", "{day} without a {month}"), ("k-{week}.pub", "'{week}'"),
    ("k-{Year}.pub", "'{Year}'"), ("k-{year.pub", "'{' without"), ("k-year}.pub", "'}' without"),
    ("k-{{year}}.pub", "'{' without"), ("k-{}.pub", "'{}'"), ("k-{year}-{day}-{quarter}", "{day} without a {month}"),
  ])
  func `whose placeholders are wrong says so, and stands for itself`(text: String, says: String) {
    #expect(RecipientPath.fault(text)?.contains(says) == true, "\(RecipientPath.fault(text) ?? "")")
    #expect(RecipientPath(text).span == nil)
  }
}
