import Evidence
import FoundationEssentials
import TestSupport
import Testing

@Suite struct FileFinderTests {
  private func found(_ pattern: String, in folder: TemporaryFolder) throws -> FileFinder.Found {
    try FileFinder(root: folder.path).find(Glob(pattern))
  }

  @Test func `files are found in order, hidden ones too, and .git is left alone`() throws {
    let folder = try TemporaryFolder()
    for name in ["b/x.xml", "a/x.xml", "a/c/x.xml", ".hidden/x.xml", ".git/x.xml", "x.xml", "a/y.txt"] {
      try folder.write("", to: name)
    }
    #expect(try found("**/*.xml", in: folder).files == [".hidden/x.xml", "a/c/x.xml", "a/x.xml", "b/x.xml", "x.xml"])
    #expect(try found("*/x.xml", in: folder).files == [".hidden/x.xml", "a/x.xml", "b/x.xml"])
    #expect(try found("{a,b}/x.xml", in: folder).files == ["a/x.xml", "b/x.xml"])
    #expect(try found("a/**", in: folder).files == ["a/c/x.xml", "a/x.xml", "a/y.txt"])
    #expect(try found("none/*.xml", in: folder).files == [])
    #expect(try found("a", in: folder).files == [])
  }

  @Test func `links never lead out of the folder`() throws {
    let outside = try TemporaryFolder()
    try outside.write("", to: "secret.xml")
    let folder = try TemporaryFolder()
    try folder.write("", to: "in/real.xml")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: folder.path + "/out", withDestinationPath: outside.path)
    try files.createSymbolicLink(atPath: folder.path + "/out.xml", withDestinationPath: outside.path + "/secret.xml")
    try files.createSymbolicLink(atPath: folder.path + "/dead.xml", withDestinationPath: "nowhere")
    try files.createSymbolicLink(atPath: folder.path + "/linked", withDestinationPath: "in")
    try files.createSymbolicLink(atPath: folder.path + "/linked.xml", withDestinationPath: "in/real.xml")
    try files.createSymbolicLink(atPath: folder.path + "/in/loop", withDestinationPath: "..")

    let all = try found("**/*.xml", in: folder)
    #expect(all.files == ["in/real.xml", "linked.xml"])
    #expect(all.faults.map { "\($0.path) \($0.kind)" } == ["dead.xml missing", "out.xml outside"])
    #expect(try found("linked/real.xml", in: folder).files == ["linked/real.xml"])
    #expect(try found("out/secret.xml", in: folder).faults.map(\.kind) == [.outside])
    #expect(try found("*/real.xml", in: folder).files == ["in/real.xml"])
  }
}
