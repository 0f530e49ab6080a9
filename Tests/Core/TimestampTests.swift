import Core
import Testing

@Suite struct `A timestamp` {
  @Test(arguments: [
    ("1970-01-01T00:00:00.000Z", Int64(0)), ("2026-11-21T14:32:05.123Z", 1_795_271_525_123),
    ("2000-02-29T23:59:59.999Z", 951_868_799_999), ("1969-12-31T23:59:59.000Z", -1000),
  ])
  func `prints and reads the same moment`(text: String, milliseconds: Int64) {
    #expect(Timestamp(milliseconds: milliseconds).description == text)
    #expect(Timestamp(text)?.milliseconds == milliseconds)
  }

  @Test func `reads offsets and short fractions`() {
    #expect(Timestamp("2026-11-21T11:32:05.1-03:00") == Timestamp("2026-11-21T14:32:05.100Z"))
    #expect(Timestamp("2026-11-21 11:32:05-0300") == Timestamp("2026-11-21T14:32:05Z"))
  }

  @Test(arguments: [
    "", "2026-02-30T00:00:00Z", "2026-11-21", "2026-11-21T14:32:05", "2026-11-21T25:00:00Z", "nonsense",
  ])
  func `refuses what is no moment`(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func `stays within its range whatever a server says`() {
    let (first, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
    #expect(Timestamp(seconds: .max) == last)
    #expect(Timestamp(seconds: .min) == first)
    #expect(last + .seconds(1) == last)
    #expect(first - .seconds(1) == first)
    #expect(last - first == .milliseconds(Int64.max))
    #expect(first - last == .milliseconds(Int64.min))
    #expect(!first.description.isEmpty)
    #expect(Duration.seconds(Int64.max).milliseconds == .max)
  }
}
