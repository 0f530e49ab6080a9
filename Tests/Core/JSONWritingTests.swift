import Core
import Testing

@Suite struct `Written JSON` {
  /// `-9223372036854775808.0` in a health document is a number like any other, and once ended the process.
  @Test(arguments: [
    (-0x1p63, "-9.223372036854776e+18"), (0x1p63, "9.223372036854776e+18"), (-0x1p53, "-9007199254740992.0"),
    (-3.0, "-3"), (.nan, "null"), (-.infinity, "null"),
  ])
  func `holds every number`(value: Double, text: String) {
    #expect(JSON.number(value).text() == text)
  }

  @Test func `holds no byte that acts on a terminal`() {
    #expect(JSON.string("a\u{1B}\u{7F}\u{9B}b\n").text() == #""a\u001b\u007f\u009bb\n""#)
  }
}
