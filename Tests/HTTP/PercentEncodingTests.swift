import HTTP
import Testing

@Suite struct PercentEncodingTests {
  @Test(arguments: ["", "plain-._~", "a b+c%&=/?#", "São Paulo 🏥", "\u{0}\n\"<>"])
  func `what was encoded comes back`(text: String) {
    #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
  }

  @Test(arguments: [("a+b", "a b"), ("%2B%2f", "+/"), ("100%", nil), ("%4", nil), ("%zz", nil), ("%ff", nil)])
  func `escapes are read strictly`(text: String, expected: String?) {
    #expect(PercentEncoding.decode(text) == expected)
  }
}
