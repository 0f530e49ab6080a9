import Core
import Evidence
import FoundationEssentials
import TestSupport
import Testing

@Suite struct RecognitionTests {
  @Test func `the name of a file does not matter`() throws {
    #expect(try read("<testsuite/>", name: "lcov.info").format == .junit)
    #expect(try read("SF:a\nDA:1,1\nend_of_record\n", name: "junit.xml").format == .lcov)
    #expect(try read("<coverage line-rate='1'/>", name: "scan.sarif").format == .cobertura)
    #expect(try read(#"{"version":"2.1.0","runs":[{"results":[]}]}"#, name: "a.json").format == .sarif)
  }

  @Test(arguments: ["", "  \n\n ", "\u{FEFF}", "\u{FEFF}\n"])
  func `a file with nothing in it is empty`(text: String) {
    #expect(fault(text)?.kind == .empty)
  }

  @Test(arguments: [
    ("<html><body>Sign in</body></html>", "web page"), ("<coverage/>", "root <coverage>"),
    ("<pom/>", "root <pom>"), ("[]", "an empty list"), ("{}", "an empty object"), ("null", "null"),
    (#"{"error":{"code":"x"}}"#, "error that a tool reported"), (#"{"a":1,"b":{}}"#, "an object with a, b"),
    (#"{"message":"Not Found"}"#, "error that a tool reported"), ("[{}, {}]", "a list of objects"),
    ("version https://git-lfs.github.com/spec/v1\noid sha256:1", "Git LFS"), ("{\"a\":1}\n{\"a\":2}\n", "text"),
    ("hello", "text"), ("\u{1}\u{2}\u{3}", "binary"), ("!<arch>\n", "text"),
  ])
  func `what is no report we know is told by what it looks like`(text: String, words: String) {
    let fault = fault(text)
    #expect(fault?.kind == .unrecognised)
    #expect(fault?.why.contains(words) == true, "\(fault?.why ?? "")")
  }

  @Test func `a missing file, a folder and a pipe are not read`() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: EvidenceFault.self) { try EvidenceReader.read(folder.path + "/none") }
    #expect(missing?.kind == .missing)
    let itself = #expect(throws: EvidenceFault.self) { try EvidenceReader.read(folder.path) }
    #expect(itself?.kind == .unreadable)
    let device = #expect(throws: EvidenceFault.self) { try EvidenceReader.read("/dev/zero") }
    #expect(device?.kind == .unreadable)
  }

  @Test func `a file name cannot write to the terminal`() throws {
    let folder = try TemporaryFolder()
    let fault = #expect(throws: EvidenceFault.self) {
      try EvidenceReader.read(folder.path + "/none", shown: "a\u{1B}[31m\nb")
    }
    #expect(fault?.description == "a·[31m·b is not there")
    #expect(fault?.problem.what == "a·[31m·b does not count as evidence")
  }

  @Test func `the digest is that of the bytes`() throws {
    #expect(try read("<testsuite/>").sha256 == "55a2c4dabbdd641e56e0ce28262e1d43b8fff7534ced8580f39ba573eca56f2c")
    let folder = try TemporaryFolder()
    let path = try folder.write("abc", to: "x")
    let digest = try EvidenceReader.digest(path)
    #expect(digest.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(digest.size == 3)
  }
}
