import ArgumentParser
import Core
import Snapshots

extension SnapshotVerb {
  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the exports of a snapshot that was taken without them, from a restored copy.",
      discussion: """
        New snapshots get theirs as they are taken: see database.exports. Production is not asked.

        Example: gatehouse snapshot export 01JD3Z5M2KTQ8VXW9YB7C4E6FG
        """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The snapshot; the newest proven one when left out.") var id: String?

    func run() async throws {
      let id = id
      try await VerbRun(common, verb: "snapshot-export").run { session in
        let installation = session.installation
        guard let rules = try installation.database().exports else { throw Installation.missing("database.exports") }
        let record = try await find(id, session, proven: true)
        let snapshotter = try await installation.snapshotter { session.terminal.talk("  \($0.text)") }
        let exports = try await snapshotter.export(
          rules, of: record, scratch: try await installation.scratchPlace())
        return told(record, session, "snapshot-export", "exported", exports: exports)
      }
    }
  }
}
