import Core
import FoundationEssentials
import PolicyFile
import TestSupport
import Testing

@testable import Controls

@Suite struct BundledPacksTests {
  private static let folder = BuiltProgram.root + "/templates/controls"
  private static let source = BuiltProgram.root + "/Sources/Controls/Bundled/BundledPacks+Texts.swift"

  /// The Swift source with the packs in it.
  private static func made() throws -> String {
    var out = """
      // swift-format-ignore-file
      // Made from templates/controls by `GATEHOUSE_WRITE_PACKS=1 swift test --filter BundledPacks`; a test compares.

      extension BundledPacks {
        static let texts: [(id: String, text: String)] = [

      """
    for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where file.hasSuffix(".yml") {
      let text = String(decoding: try DiskFiles.read(folder + "/" + file), as: UTF8.self)
      out += "(\"\(file.dropLast(4))\", ##\"\"\"\n\(text)\n\"\"\"##),\n"
    }
    return out + "  ]\n}\n"
  }

  @Test func `the program holds the packs as the files are now`() throws {
    let made = try Self.made()
    if ProcessInfo.processInfo.environment["GATEHOUSE_WRITE_PACKS"] != nil {
      try Data(made.utf8).write(to: URL(filePath: Self.source))
    }
    let committed = String(decoding: try DiskFiles.read(Self.source), as: UTF8.self)
    #expect(committed == made, "run the test once with GATEHOUSE_WRITE_PACKS=1 and commit \(Self.source)")
    for id in BundledPacks.ids {
      #expect(BundledPacks.bytes(of: id) == (try DiskFiles.read(Self.folder + "/\(id).yml")))
    }
    #expect(BundledPacks.ids == ["anvisa", "cfm", "iso27001", "lgpd"] && BundledPacks.bytes(of: "sox") == nil)
  }

  @Test(arguments: BundledPacks.ids)
  func `every control of a bundled pack says where it is from, how often, and what shows it`(id: String) throws {
    let bytes = try #require(BundledPacks.bytes(of: id))
    let read = ControlPack.read(file: BundledPacks.file(of: id), bytes: bytes)
    guard case .success(let pack) = read else {
      if case .failure(let problems) = read { Issue.record("\(problems.rendered())") }
      return
    }
    #expect(pack.id == id && pack.controls.count >= 10 && !pack.jurisdiction.isEmpty && !pack.version.isEmpty)
    for source in pack.sources {
      #expect(source.url.hasPrefix("https://") && Timestamp(utcDate: source.read) != nil, "\(source.id)")
      #expect(source.how != nil, "\(source.id) does not say how it was read")
      #expect(pack.controls.contains { $0.source == source.id }, "nothing stands on \(source.id)")
    }
    for control in pack.controls {
      #expect(control.article.count > 3 && control.text.count > 20, "\(control.id)")
      #expect(pack.sources.contains { $0.id == control.source }, "\(control.id)")
      #expect(!control.ways.isEmpty, "\(control.id)")
      for way in control.ways {
        #expect(way.lines.isEmpty, "\(control.id) names a line of somebody's checklist")
        guard let rule = way.attestation else {
          #expect(control.cadence == .release, "\(control.id) is shown by the checklist, so at each release")
          continue
        }
        #expect(!rule.by.isEmpty && rule.cadence >= .seconds(86_400), "\(control.id)")
        #expect(rule.cadence <= .seconds(366 * 86_400), "\(control.id) lets a signature stand for years")
      }
    }
  }

  /// What was not held against the official text must not look as if it was; whoever confirms one changes this list.
  @Test func `only what was compared with the official text is confirmed`() throws {
    var confirmed: [String] = []
    for id in BundledPacks.ids {
      let pack = try ControlPack.read(file: id, bytes: try #require(BundledPacks.bytes(of: id))).get()
      confirmed += pack.sources.filter(\.isConfirmed).map { "\(id)/\($0.id)" }
      for control in pack.controls where control.isConfirmed {
        #expect(pack.sources.contains { $0.id == control.source && $0.isConfirmed })
      }
    }
    #expect(confirmed == ["lgpd/law", "lgpd/incidents"])
  }
}
