import Core
import HTTP
import Standins
import TestSupport
import Testing

@testable import Vercel

private let domain = "clinic.example"

private func record(
  _ id: String, _ name: String, _ type: String, _ value: String, ttl: Int64 = 60, system: Bool = false
) -> DNSRecord {
  let json: JSON = [
    "id": .string(id), "name": .string(name), "type": .string(type), "value": .string(value), "ttl": .integer(ttl),
    "creator": system ? "system" : "user_1",
  ]
  guard let record = DNSRecord(json: json) else { fatalError("no record") }
  return record
}

@Suite struct `Changes of records` {
  @Test func `are none where content is the same, whatever the ids`() {
    let before = [record("r1", "www", "A", "192.0.2.1"), record("r2", "", "MX", "mx.example")]
    let now = [record("n2", "", "MX", "mx.example"), record("n1", "www", "A", "192.0.2.1")]
    #expect(RecordChanges(from: now, to: before).isNothing)
  }

  @Test func `turn a record into what it was, and take away what was put beside it`() {
    let before = [record("r1", "www", "CNAME", "old.example")]
    let now = [record("r2", "www", "A", "192.0.2.2"), record("r3", "www", "A", "192.0.2.3")]
    let changes = RecordChanges(from: now, to: before)
    #expect(changes.changed.map(\.now.id) == ["r2"] && changes.changed.map(\.before.value) == ["old.example"])
    #expect(changes.removed.map(\.id) == ["r3"])
    #expect(changes.made.isEmpty)
  }

  @Test func `prefer the record with the same id`() {
    let before = [record("r1", "www", "A", "192.0.2.1"), record("r2", "www", "A", "192.0.2.2")]
    let now = [record("r2", "www", "A", "192.0.2.9"), record("r1", "www", "A", "192.0.2.1", ttl: 3600)]
    let changes = RecordChanges(from: now, to: before)
    #expect(Set(changes.changed.map { $0.now.id + "→" + $0.before.id }) == ["r1→r1", "r2→r2"])
    #expect(changes.made.isEmpty && changes.removed.isEmpty)
  }

  @Test func `leave new names and the system's records`() {
    let before = [record("r1", "www", "A", "192.0.2.1"), record("s1", "", "ALIAS", "cname.example", system: true)]
    let now = [
      record("r1", "www", "A", "192.0.2.1"), record("r9", "new", "A", "192.0.2.9"),
      record("s2", "", "ALIAS", "other.example", system: true),
    ]
    let changes = RecordChanges(from: now, to: before)
    #expect(changes.isNothing)
    #expect(changes.strange.map(\.id) == ["r9"])
  }
}

@Suite struct `Compensations at Vercel` {
  private struct Place {
    let standin: VercelStandin
    let client: VercelClient

    static func open() async throws -> Place {
      let seed = ProjectSeed("api", releases: [String(repeating: "1", count: 40)])
      let standin = try await VercelStandin.start(StandinConfiguration(projects: [seed]))
      let client = VercelClient(
        transport: CurlTransport(environment: [:]), baseURL: standin.apiURL, token: Secret(standin.token), team: "acme",
        timing: ManualTiming(), random: { 0 }, progress: { _ in })
      return Place(standin: standin, client: client)
    }

    var shown: Set<String> {
      standin.withWorld { world in Set(world.records.map { "\($0.name) \($0.type) \($0.value) \($0.ttl)" }) }
    }
  }

  @Test func `put back what a name was, over many pages, and twice without harm`() async throws {
    let place = try await Place.open()
    place.standin.withWorld { world in
      for number in 0..<250 { world.addRecord(domain, "host\(number)", "A", "192.0.2.\(number % 200)") }
      world.addRecord(domain, "www", "CNAME", "old.example", ttl: 300)
      world.addRecord(domain, "", "MX", "mx.example", priority: 10)
      world.addRecord(domain, "", "TXT", "v=spf1 -all")
    }
    let before = place.shown
    let kept = try await place.client.records(of: domain, ["A", "CNAME", "MX"])
    #expect(kept.count == 252)

    place.standin.withWorld { world in
      for record in world.records where ["www", "host7", "host8"].contains(record.name) {
        world.removeRecord(record.id)
      }
      world.addRecord(domain, "www", "A", "192.0.2.250")
      world.addRecord(domain, "www", "A", "192.0.2.251")
      world.addRecord(domain, "host8", "A", "192.0.2.252")
      world.addRecord(domain, "new", "A", "192.0.2.253")
      for record in world.records where record.type == "MX" { world.removeRecord(record.id) }
    }
    let done = try await place.client.putBack(kept, of: domain, ["A", "CNAME", "MX"])
    #expect(place.shown == before.union(["new A 192.0.2.253 60"]))
    #expect(done.words == "5 records of \(domain) put back; left as new: new A")
    let again = try await place.client.putBack(kept, of: domain, ["A", "CNAME", "MX"])
    #expect(again.changed == 0)
    await place.standin.stop()
  }

  @Test func `say what is not as before when Vercel refuses`() async throws {
    let place = try await Place.open()
    let id = place.standin.withWorld { $0.addRecord(domain, "www", "A", "192.0.2.1") }
    let kept = try await place.client.records(of: domain, ["A"])
    place.standin.withWorld { world in
      world.removeRecord(id)
      world.addRecord(domain, "www", "A", "192.0.2.2", creator: "system")
    }
    // The name belongs to Vercel now: its record is not ours to change, and ours is made beside it.
    _ = try await place.client.putBack(kept, of: domain, ["A"])
    #expect(place.shown == ["www A 192.0.2.1 60", "www A 192.0.2.2 60"])
    let problem = await #expect(throws: VercelProblem.self) {
      try await place.client.putBack([record("r", "www", "A", "", ttl: 1)], of: domain, ["A"])
    }
    #expect(problem?.kind == .refused)
    await place.standin.stop()
  }

  @Test func `refuse a domain that the token does not reach`() async throws {
    let place = try await Place.open()
    let problem = await #expect(throws: VercelProblem.self) {
      try await place.client.records(of: "other.example", ["A"])
    }
    #expect(problem?.kind == .notFound)
    await place.standin.stop()
  }

  @Test func `throw the edge cache of a project away`() async throws {
    let place = try await Place.open()
    try await place.client.purgeEdgeCache(of: "prj_api")
    #expect(place.standin.withWorld { $0.purged } == ["prj_api"])
    await place.standin.stop()
  }
}
