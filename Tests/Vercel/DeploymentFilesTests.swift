import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Vercel

@Suite struct `The files of a deployment` {
  private func read(
    _ path: String, leavingOut: [String] = [], _ source: FileSource = .automatic, rootDirectory: String? = nil,
    within limit: String = "/"
  ) throws(VercelProblem) -> DeploymentFiles {
    let place = try DeploymentPlace.find(source, in: path, rootDirectory: rootDirectory, within: limit)
    return try DeploymentFiles.read(place, leavingOut: leavingOut)
  }

  private func paths(_ folder: TemporaryFolder, leavingOut: [String] = []) throws -> [String] {
    try read(folder.path, leavingOut: leavingOut).files.map(\.path)
  }

  private func failure(_ path: String) -> VercelProblem? {
    do {
      _ = try read(path)
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
    let files = try read(folder.path)
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
    let file = try #require(try read(folder.path).files.first)
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
    let files = try read(folder.path, leavingOut: ["/reports/"])
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
    let files = try read(folder.path)
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
    let files = try read(folder.path)
    #expect(files.isPrebuilt)
    #expect(files.secretsLeftOut == [".env"])
    #expect(
      files.files.map(\.path) == [
        ".vercel/output/builds.json", ".vercel/output/config.json", function + ".vc-config.json",
        ".vercel/output/static/index.html", "lib/a.js", "lib/b.js",
      ])
  }

  @Test func `a file that the prebuilt output names and that is not there is refused`() throws {
    let folder = try TemporaryFolder()
    try folder.write("{\"version\":3}", to: ".vercel/output/config.json")
    try folder.write("{\"filePathMap\":{\"a\":\"a.js\"}}", to: ".vercel/output/functions/f.func/.vc-config.json")
    #expect(failure(folder.path)?.why == "the prebuilt output names it, and it is not there")
  }

  @Test func `a file that a link puts outside the folder is refused`() throws {
    let outside = try TemporaryFolder()
    try outside.write("secret", to: "a.js")
    let folder = try TemporaryFolder()
    try folder.write("{\"version\":3}", to: ".vercel/output/config.json")
    try folder.write("{\"filePathMap\":{\"a\":\"lib/a.js\"}}", to: ".vercel/output/functions/f.func/.vc-config.json")
    #expect(symlink(outside.path, folder.path + "/lib") == 0)
    #expect(failure(folder.path)?.why == "a link on its way leads out of the folder")
  }

  @Test(arguments: [
    "{\"error\":{\"code\":\"X\"}}", "{\"target\":\"preview\"}", "{\"builds\":[{\"error\":{}}]}", "{\"target\":",
  ]) func `a prebuilt output that failed or is for something else is refused`(_ builds: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("{\"version\":3}", to: ".vercel/output/config.json")
    try folder.write(builds, to: ".vercel/output/builds.json")
    #expect(failure(folder.path)?.kind == .files)
  }

  // MARK: Links, names, changes

  @Test func `links stay links, absolute ones within the folder become relative, and loose ones are told`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "lib/deep/a.js")
    try folder.write("x", to: "node_modules/m.js")
    for (link, target) in [
      ("bin/absolute", folder.path + "/lib/deep/a.js"), ("up", "../outside"), ("etc", "/etc/passwd"),
      ("lib/folder", "deep"), ("lib/folder-file", "folder/a.js"), ("left", "node_modules/m.js"), ("self", "self"),
    ] {
      try folder.write("", to: link)
      #expect(unlink(folder.path + "/" + link) == 0)
      #expect(symlink(target, folder.path + "/" + link) == 0)
    }
    let files = try read(folder.path)
    let links = files.files.filter { $0.mode == 0o120777 }
    #expect(
      links.map(\.path) == ["bin/absolute", "etc", "left", "lib/folder", "lib/folder-file", "self", "up"])
    #expect(links.first?.content == .link(Array("../lib/deep/a.js".utf8)))
    #expect(files.loose == ["etc", "left", "up"])
    #expect(files.notes == ["links that lead nowhere at Vercel: etc, left, up"])
    #expect(!files.files.contains { $0.path.hasPrefix("lib/folder/") })
  }

  @Test func `names that Vercel cannot be told are refused by name, and names alike are told`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "README.md")
    try folder.write("x", to: "readme.md")
    #expect(try read(folder.path).alike == ["readme.md"])
    #expect(mkdir(folder.path + "/sub", 0o700) == 0)
    let bytes = Array(folder.path.utf8).map { CChar(bitPattern: $0) } + [0x2f, 0x73, 0x75, 0x62, 0x2f, 0x61, -1, 0]
    let descriptor = creat(bytes, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)
    #expect(failure(folder.path)?.why.contains("the name a\\xff in it is not UTF-8") == true)
  }

  @Test func `a file that changes while it is read is found`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("before", to: "a")
    let found = try FileStamp.of(path).get()
    #expect(try FileHashing.hash(path, as: found).get() == read(folder.path).files.first?.sha1)
    try folder.write("after!", to: "a")
    #expect(throws: FileHashing.Failure.self) { try FileHashing.hash(path, as: found).get() }
    #expect(unlink(path) == 0)
    #expect(symlink("/etc/passwd", path) == 0)
    #expect(throws: FileHashing.Failure.self) { try FileHashing.hash(path, as: found).get() }
    #expect(unlink(path) == 0)
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: FileHashing.Failure.self) { try FileHashing.hash(path, as: found).get() }
  }

  @Test func `a file that may not be read ends the reading, with its name`() throws {
    // The superuser may read everything.
    guard getuid() != 0 else { return }
    let folder = try TemporaryFolder()
    for index in 0..<50 { try folder.write("x\(index)", to: "\(index)") }
    let path = try folder.write("x", to: "secret")
    #expect(chmod(path, 0) == 0)
    #expect(failure(folder.path)?.place == path)
  }

  @Test func `more files than Vercel takes are refused before anything is asked`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "0")
    for index in 1...DeploymentFiles.most { #expect(link(folder.path + "/0", folder.path + "/\(index)") == 0) }
    #expect(failure(folder.path)?.why.hasPrefix("more than 15000 files") == true)
    #expect(unlink(folder.path + "/1") == 0)
    let files = try read(folder.path).files
    #expect(files.count == 15_000 && Set(files.map(\.sha1)).count == 1)
  }

  @Test func `many files get their own digests, whichever thread has read them`() throws {
    let folder = try TemporaryFolder()
    for index in 0..<300 {
      try folder.write(String(repeating: "\(index) ", count: index * 20), to: "d\(index % 7)/\(index)")
    }
    for file in try read(folder.path).files {
      guard case .file(let path, let stamp) = file.content else { continue }
      #expect(try FileHashing.hash(path, as: stamp).get() == file.sha1)
    }
  }

  @Test func `what Rust makes is left out, and routes are taken whatever the patterns say`() throws {
    let folder = try TemporaryFolder()
    for name in ["Cargo.toml", "target/debug/x", "src/target/x", ".vercel/routes.json", ".vercel/project.json"] {
      try folder.write("x", to: name)
    }
    #expect(try paths(folder) == [".vercel/routes.json", "Cargo.toml", "src/target/x"])
  }

  // MARK: Where the files are

  @Test func `a monorepo is uploaded from its top, whichever folder the policy names`() throws {
    let repository = try TemporaryFolder()
    for name in ["package.json", "packages/ui/index.ts", "apps/web/page.tsx"] { try repository.write("x", to: name) }
    let all = ["apps/web/page.tsx", "package.json", "packages/ui/index.ts"]
    for folder in ["", "/apps/web"] {
      let files = try read(repository.path + folder, rootDirectory: "./apps/web/", within: repository.path)
      #expect(files.files.map(\.path) == all)
    }
    #expect(try read(repository.path + "/apps/web").files.map(\.path) == ["page.tsx"])
    // Nothing above the policy's folder is ever uploaded.
    for (setting, limit) in [("apps/web", repository.path + "/apps"), ("../..", "/"), ("none", "/")] {
      #expect(throws: VercelProblem.self) {
        try read(repository.path + "/apps/web", rootDirectory: setting, within: limit)
      }
    }
  }

  @Test func `a prebuilt output of a monorepo keeps its place`() throws {
    let repository = try TemporaryFolder()
    try repository.write("{\"version\":3}", to: "apps/web/.vercel/output/config.json")
    try repository.write("x", to: "apps/web/.vercel/output/static/a")
    for folder in ["", "/apps/web"] {
      let files = try read(repository.path + folder, rootDirectory: "apps/web", within: repository.path)
      #expect(files.isPrebuilt)
      #expect(files.files.map(\.path) == ["config.json", "static/a"].map { "apps/web/.vercel/output/" + $0 })
    }
  }

  @Test func `the policy says which it is`() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "a")
    #expect(throws: VercelProblem.self) { try read(folder.path, .prebuilt) }
    try folder.write("{\"version\":3}", to: ".vercel/output/config.json")
    #expect(try read(folder.path, .prebuilt).isPrebuilt)
    #expect(try read(folder.path, .automatic).isPrebuilt)
    #expect(try read(folder.path, .directory).files.map(\.path) == ["a"])
  }

  @Test(arguments: ["{}", "{\"version\":2}", "{\"version\":\"3\"}", "[", ""])
  func `an output that is not of version 3 is refused`(_ config: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(config, to: ".vercel/output/config.json")
    #expect(failure(folder.path)?.kind == .files)
  }
}
