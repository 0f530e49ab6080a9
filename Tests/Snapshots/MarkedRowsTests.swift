import Core
import FoundationEssentials
import Postgres
import Snapshots
import TestSupport
import Testing

/// Rows that an extension marks to be dumped, as PostGIS does with those that a team adds to its `spatial_ref_sys`.
@Suite struct `Rows that an extension has dumped` {
  /// What the scripts of an extension would do, for there is none on every machine that marks rows.
  private static let making = """
    CREATE TABLE public.marked (id int PRIMARY KEY, standard bool, v text);
    ALTER EXTENSION citext ADD TABLE public.marked; INSERT INTO public.marked VALUES (1, true, 'comes with it');
    UPDATE pg_catalog.pg_extension SET extconfig = ARRAY['public.marked'::pg_catalog.regclass],
      extcondition = ARRAY['WHERE NOT marked.standard'] WHERE extname = 'citext';
    """

  /// Makes the extension's table where the extension is made, and loses a marked row when there is a file `lossy`.
  private static let restoring = """
    lost="DELETE FROM public.marked WHERE id = 3;"; test -e "$folder/lossy" || lost=""
    for word in "$@"; do case "$word" in
      --list) exec $real "$@";;
      --file=-) $real "$@" | sed -e "s|^CREATE EXTENSION .*citext.*|& $(tr '\\n' ' ' < "$folder/making")|" -e "s|^COMMIT;|$lost\\nCOMMIT;|"
        exit 0;;
      --dbname=*) database="${word#--dbname=}";;
    esac; done
    { echo 'CREATE EXTENSION citext;'; cat "$folder/making"; } | $psql -X -q -d "$database" || exit 9
    $real "$@" && $psql -X -q -d "$database" -c "$lost SELECT" > /dev/null
    """

  @Test func `are counted and compared, proven and in place`() async throws {
    let work = try SnapshotWork(wrapping: "pg_restore", Self.restoring)
    try work.folder.write(Self.making, to: "making")
    let url = try await ThrowawayPostgres.database("marked")
    try await SampleSchema.run(
      "CREATE EXTENSION citext; \(Self.making) INSERT INTO marked VALUES (2, false, 'ours'), (3, false, 'ours, too')",
      on: url)
    let record = try await work.create(url)
    let table = try #require(record.manifest.description.tables["public.marked"])
    #expect(table.kind == .ofExtension && table.rows == 2)
    let proven = try await work.prove(record)
    #expect(proven.verified?.notes.contains { $0.contains("public.marked") && $0.hasSuffix("and no others") } == true)

    try work.folder.write("", to: "lossy")
    let problem = await #expect(throws: Problem.self) { try await work.prove(record) }
    #expect(problem?.code == "snapshot.differs")
    #expect(problem?.why == "table public.marked has 1 rows instead of 2")
    try await SampleSchema.run("INSERT INTO marked VALUES (4, false, 'since')", on: url)
    // What is there is proven on the way, where the third row must not be missed.
    try FileManager.default.removeItem(atPath: work.folder.path + "/lossy")
    let report = try await work.restore(proven, into: url, inPlace: true)
    #expect(report.changes?.map(\.words) == ["public.marked: 2 rows then, 3 now"])
    #expect(
      try await SampleSchema.value("SELECT string_agg(id::text, ',' ORDER BY id) FROM marked", on: url) == "1,2,3")
    #expect(try await describe(database: url).differences(from: record.manifest.description) == [])
  }

  @Test func `are compared before a restore in place is done`() async throws {
    let lossy = Self.restoring.replacing("$lost\\nCOMMIT", with: "DELETE FROM public.marked WHERE id = 3;\\nCOMMIT")
    let work = try SnapshotWork(wrapping: "pg_restore", lossy)
    try work.folder.write(Self.making, to: "making")
    let url = try await ThrowawayPostgres.database("markedlost")
    try await SampleSchema.run(
      "CREATE EXTENSION citext; \(Self.making) INSERT INTO marked VALUES (3, false, 'ours')", on: url)
    let record = try await work.prove(work.create(url))
    let problem = await #expect(throws: Problem.self) { try await work.restore(record, into: url, inPlace: true) }
    #expect(problem?.why?.contains("has other rows than were dumped") == true, "\(String(describing: problem))")
    #expect(try await SampleSchema.value("SELECT count(*) FROM marked", on: url) == "2")
  }
}
