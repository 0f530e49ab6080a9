import Testing

@testable import Commands

@Suite struct `A line for people` {
  @Test(arguments: [
    ("test\u{1B}[2J\u{1B}[31mgone", "test·[2J·[31mgone"), ("a\r\nreleased: all is well", "a··released: all is well"),
    ("\u{9B}2Jx", "·2Jx"), ("\u{202E}txt.exe", "·txt.exe"), ("a\tb", "a b"), ("ção ✓ 日本", "ção ✓ 日本"),
    ("::set-output name=decision::passed", "·:set-output name=decision::passed"),
    ("    ::stop-commands::x", "    ·:stop-commands::x"), ("a ##vso[task.setvariable]b", "a ·#vso[task.setvariable]b"),
    ("###[error]x", "#·#[error]x"), ("##teamcity[x", "·#teamcity[x"), ("## heading", "## heading"), ("", ""),
    (":", ":"), ("#", "#"), ("##", "##"), ("host::1", "host::1"),
  ])
  func `acts neither on a terminal nor on a CI`(text: String, shown: String) {
    #expect(Array(HarmlessText.of(text).unicodeScalars) == Array(shown.unicodeScalars))
  }

  @Test func `keeps our own colours and no others`() {
    #expect(
      HarmlessText.of("\u{1B}[32m✓\u{1B}[0m \u{1B}[8mhidden", colours: true) == "\u{1B}[32m✓\u{1B}[0m ·[8mhidden")
    #expect(HarmlessText.of("\u{1B}[32m✓\u{1B}[0m") == "·[32m✓·[0m")
  }

  @Test func `is broken only by us`() {
    #expect(HarmlessText.of("one\n  ::error::two\r\n", lines: true) == "one\n  ·:error::two·\n")
  }
}
