import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Vercel

@Suite struct `The files of a deployment` {
  private func paths(_ folder: TemporaryFolder, leavingOut: [String] = []) throws -> [String] {
    try DeploymentFiles.read(folder.path, leavingOut: leavingOut).files.map(\.path)
  }

  private func failure(_ path: String) -> VercelProblem? {
    do {
      _ = try DeploymentFiles.read(path)
      return nil
    } catch { return error }
  }

  @Test func `digest, size and mode are the vendor's`() throws {
    let folder = try TemporaryFolder()
    try folder.write("hello", to: "src/a.txt")
    try folder.write("", to: "empty")
    let script = try folder.write("#!/bin/sh\n", to: "run")
    #expect(chmod(script, 0o700) == 0)
    #expect(symlink("src/a.txt", folder.path + "/link") == 0)
    #expect(symlink("/nowhere", folder.path + "/dangling") == 0)
    #expect(symlink("src", folder.path + "/folder-link") == 0)
    let files = try DeploymentFiles.read(folder.path)
    #expect(!files.isPrebuilt)
    #expect(files.files.map(\.path) == ["dangling", "empty", "folder-link", "link", "run", "src/a.txt"])
    // sha1sum of nothing, of `hello` and of the link's text `src/a.txt`.
    let byPath = Dictionary(uniqueKeysWithValues: files.files.map { ($0.path, $0) })
    #expect(byPath["empty"]?.sha1 == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    #expect(byPath["empty"]?.size == 0)
    #expect(byPath["src/a.txt"]?.sha1 == "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")
    #expect(byPath["src/a.txt"]?.mode == 33188)
    #expect(byPath["run"]?.mode == 33261)
    #expect(byPath["link"]?.mode == 41471)
    #expect(byPath["link"]?.content == .link(Array("src/a.txt".utf8)))
    #expect(byPath["link"]?.sha1 == "0d8b587aceb3b3b0f251c5b40310f8c772942dd6")
  }

  @Test func `a large file is hashed in pieces`() throws {
    let folder = try TemporaryFolder()
    try folder.write(String(repeating: "a", count: 1_000_000), to: "big")
    let file = try #require(try DeploymentFiles.read(folder.path).files.first)
    // FIPS 180, the third example: one million times `a`.
    #expect(file.sha1 == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
    #expect(file.size == 1_000_000)
  }

  @Test func `state, evidence, secrets and what the vendor leaves out do not leave`() throws {
    let folder = try TemporaryFolder()
    for name in [
      "index.html", ".env", ".env.production", "api/.env.local", ".gatehouse/store.sqlite", "node_modules/x/index.js",
      ".git/config", "reports/junit.xml", "gatehouse-evidence.json", ".environment", "backups/01JD.dump.zst",
      "backups/01JD.dump.zst.part", ".vercel/project.json",
    ] { try folder.write("x", to: name) }
    // Even a team that asks for it does not get its secrets uploaded.
    try folder.write("!.env\n!.gatehouse\n", to: ".vercelignore")
    let files = try DeploymentFiles.read(folder.path, leavingOut: ["/reports/"])
    #expect(files.files.map(\.path) == [".environment", ".vercelignore", "index.html"])
    #expect(files.secretsLeftOut == [".env", ".env.production", "api/.env.local"])
  }

  @Test func `a team's own patterns leave out and take in again`() throws {
    let folder = try TemporaryFolder()
    for name in ["a.ts", "a.test.ts", "docs/x.md", "node_modules/m/i.js"] { try folder.write("x", to: name) }
    try folder.write("*.test.ts\ndocs\n!node_modules\n", to: ".vercelignore")
    #expect(try paths(folder) == [".vercelignore", "a.ts", "node_modules/m/i.js"])
  }

  @Test func `.gitignore does not decide what is deployed`() throws {
    let folder = try TemporaryFolder()
    try folder.write("dist", to: ".gitignore")
    try folder.write("x", to: "dist/a.js")
    #expect(try paths(folder) == ["dist/a.js"])
  }

  @Test func `two files of patterns are a mistake`() throws {
    let folder = try TemporaryFolder()
    try folder.write("a", to: ".vercelignore")
    try folder.write("b", to: ".nowignore")
    #expect(failure(folder.path)?.kind == .files)
  }

  @Test func `what is no file is left out and named`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "a")
    #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
    let files = try DeploymentFiles.read(folder.path)
    #expect(files.files.map(\.path) == ["a"])
    #expect(files.otherLeftOut == ["pipe"])
  }

  @Test func `a folder that is missing, a file or empty is no deployment`() throws {
    let folder = try TemporaryFolder()
    #expect(failure(folder.path + "/none")?.why == "there is no such folder")
    #expect(failure(folder.path)?.why == "it holds no file to deploy")
    let file = try folder.write("x", to: "a")
    #expect(failure(file)?.why == "there is no such folder")
  }

  @Test func `folders without end are refused`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: String(repeating: "d/", count: 70) + "a")
    #expect(failure(folder.path)?.why == "folders are nested deeper than 64")
  }

  @Test func `a prebuilt output is taken alone, with the files its functions name`() throws {
    let folder = try TemporaryFolder()
    let function = ".vercel/output/functions/api.func/"
    try folder.write("{\"version\":3}", to: ".vercel/output/config.json")
    try folder.write("{\"target\":\"production\"}", to: ".vercel/output/builds.json")
    try folder.write("x", to: ".vercel/output/static/index.html")
    try folder.write(
      """
      {"filePathMap":{"a":"lib/a.js","b":"../outside.js","c":"/etc/passwd","d":"lib/./x/../b.js","e":".env","f":"drop/c.js"}}
      """, to: function + ".vc-config.json")
    for name in ["lib/a.js", "lib/b.js", "src/source.ts", ".env", "drop/c.js"] { try folder.write("x", to: name) }
    try folder.write("drop\n", to: ".vercelignore")
    let files = try DeploymentFiles.read(folder.path)
    #expect(files.isPrebuilt)
    #expect(
      files.files.map(\.path) == [
        ".vercel/output/builds.json", ".vercel/output/config.json", function + ".vc-config.json",
        ".vercel/output/static/index.html", "lib/a.js", "lib/b.js",
      ])
  }

  @Test func `a file that the prebuilt output names and that is not there is refused`() throws {
    let folder = try TemporaryFolder()
    try folder.write("{}", to: ".vercel/output/config.json")
    try folder.write("{\"filePathMap\":{\"a\":\"a.js\"}}", to: ".vercel/output/functions/f.func/.vc-config.json")
    #expect(failure(folder.path)?.why == "the prebuilt output names it, and it is not there")
  }

  @Test func `a file that a link puts outside the folder is refused`() throws {
    let outside = try TemporaryFolder()
    try outside.write("secret", to: "a.js")
    let folder = try TemporaryFolder()
    try folder.write("{}", to: ".vercel/output/config.json")
    try folder.write("{\"filePathMap\":{\"a\":\"lib/a.js\"}}", to: ".vercel/output/functions/f.func/.vc-config.json")
    #expect(symlink(outside.path, folder.path + "/lib") == 0)
    #expect(failure(folder.path)?.why == "a link on its way leads out of the folder")
  }

  @Test(arguments: [
    "{\"error\":{\"code\":\"X\"}}", "{\"target\":\"preview\"}", "{\"builds\":[{\"error\":{}}]}", "{\"target\":",
  ]) func `a prebuilt output that failed or is for something else is refused`(_ builds: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("{}", to: ".vercel/output/config.json")
    try folder.write(builds, to: ".vercel/output/builds.json")
    #expect(failure(folder.path)?.kind == .files)
  }
}
