import Glibc
import TestSupport
import Testing

@testable import Commands

@Suite struct `Data of ours within a project` {
  @Test(arguments: [
    ("/app/backups", "/app", ["/backups"]), ("/app/./a/../backups/", "/app/", ["/backups"]),
    ("/app/web/snap [1]*!", "/app/web", ["/snap\\ \\[1\\]\\*\\!"]), ("/application/backups", "/app", []),
    ("/backups", "/app", []), ("/backups", "/", ["/backups"]), ("/app", "/app", []),
  ])
  func `is kept out of its deployment`(place: String, project: String, patterns: [String]) {
    #expect(KeptOut.patterns(for: [place], below: project) == patterns)
  }

  @Test func `is found by way of links`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "app/backups/a")
    #expect(symlink("app/backups", folder.path + "/link") == 0)
    #expect(KeptOut.patterns(for: [folder.path + "/link"], below: folder.path + "/app") == ["/backups"])
  }
}
