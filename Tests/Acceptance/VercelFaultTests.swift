import Core
import Standins
import Testing

@Suite(.inTurn) struct `Vercel in trouble` {
  struct Trouble: Sendable, CustomTestStringConvertible {
    let name: String
    let faults: @Sendable () -> [Fault]
    var testDescription: String { name }
    init(_ name: String, _ faults: @escaping @Sendable () -> [Fault]) { (self.name, self.faults) = (name, faults) }
  }

  static let survived = [
    Trouble("429 with Retry-After on each kind of call") {
      [
        .rateLimited("GET", "/v9/projects/*", .seconds(1)), .rateLimited("POST", "/v2/files", .seconds(0)),
        .rateLimited("POST", "/v13/deployments", .seconds(1)), .rateLimited("POST", "*/promote/*", .seconds(1)),
      ]
    },
    Trouble("5xx on reads and uploads") {
      ["/v9/projects/*", "/v13/deployments/*", "/v4/aliases"].map {
        Fault("GET", $0, .respond(.error(503, "service_unavailable", "Try again")), count: 2)
      } + [Fault("POST", "/v2/files", .respond(.error(500, "internal_server_error", "Oops")), count: 1)]
    },
    Trouble("a create that is answered with a reset after it was carried out") {
      [Fault("POST", "/v13/deployments", .reset, acts: true)]
    },
    Trouble("a create that is answered with 502 after it was carried out") {
      [Fault("POST", "/v13/deployments", .respond(.error(502, "bad_gateway", "No")), acts: true)]
    },
    Trouble("a promotion that is answered with a reset after it was carried out") {
      [Fault("POST", "*/promote/*", .reset, acts: true)]
    },
    Trouble("a promotion that is reset before it was carried out") { [Fault("POST", "*/promote/*", .reset)] },
    Trouble("bodies cut short") {
      [
        Fault("GET", "/v9/projects/*", .truncate(after: 20)), Fault("GET", "/v13/deployments/*", .truncate(after: 1)),
        Fault("POST", "/v13/deployments", .truncate(after: 30), acts: true),
      ]
    },
    Trouble("answers that are no JSON, and late ones") {
      var late = Fault("GET", "/v9/projects/*", .delay, skip: 1)
      late.delay = 1500
      return [Fault("GET", "/v13/deployments/*", .garbage), late]
    },
  ]

  @Test(arguments: survived)
  func `is survived, and nothing is done twice`(_ trouble: Trouble) async throws {
    let clinic = try await Clinic()
    for fault in trouble.faults() { clinic.standin.fail(fault) }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0, "\(ended)")
    #expect(clinic.serving == ["new", "new"])
    for name in Clinic.names { #expect(clinic.deployments(of: name) == 1, "\(name)") }
  }

  @Test func `on the way back is survived as well`() async throws {
    let clinic = try await Clinic()
    clinic.fallIll()
    clinic.standin.fail(Fault("POST", "*/rollback/*", .reset, acts: true))
    clinic.standin.fail(.rateLimited("POST", "*/rollback/*", .seconds(1)))
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6 && clinic.serving == ["old", "old"], "\(ended)")
  }

  static let beyond = [
    Trouble("limited for an hour") { [.rateLimited("POST", "/v13/deployments", .seconds(3600), count: nil)] },
    Trouble("no more builds today") {
      [.rateLimited("POST", "/v13/deployments", .seconds(60), code: "builds_rate_limited", count: nil)]
    },
    Trouble("forbidden") {
      [Fault("POST", "/v13/deployments", .respond(.error(403, "forbidden", "Not authorized")), count: nil)]
    },
  ]

  @Test(arguments: beyond)
  func `beyond its budget leaves production unchanged`(_ trouble: Trouble) async throws {
    let clinic = try await Clinic { $0.hasDatabase = true }
    for fault in trouble.faults() { clinic.standin.fail(fault) }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 4 && ended.decision == "unchanged", "\(ended)")
    #expect(clinic.serving == ["old", "old"] && clinic.moves == [])
    #expect(try await clinic.migrated() == 0)
    #expect(ended.document["problem"]?["remedy"]?.string != nil, "\(ended)")
  }

  @Test func `beyond its budget after production began is rolled back`() async throws {
    let clinic = try await Clinic { $0.hasDatabase = true }
    clinic.standin.fail(.rateLimited("POST", "/v10/projects/prj_clinic-web/promote/*", .seconds(3600), count: nil))
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6 && ended.decision == "rolled-back", "\(ended)")
    #expect(clinic.serving == ["old", "old"] && clinic.moves == ["promote api", "rollback api"], "\(clinic.moves)")
    #expect(try await clinic.migrated() == 0)
  }

  @Test func `that refuses the way back needs a person, who can go on later`() async throws {
    let clinic = try await Clinic { $0.hasDatabase = true }
    clinic.fallIll()
    // Neither the rollback, nor the promotion of what was there, nor its domains one by one.
    let refused = Fault.Effect.respond(.error(403, "forbidden", "No"))
    clinic.standin.fail(Fault("POST", "*/prj_clinic-web/rollback/*", refused, count: nil))
    clinic.standin.fail(Fault("POST", "*/prj_clinic-web/promote/*", refused, skip: 1, count: nil))
    clinic.standin.fail(Fault("POST", "/v2/deployments/*", refused, count: nil))
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 7 && ended.decision == "needs-person", "\(ended)")
    // What could be taken back is; the schema that the new code needs stays.
    #expect(clinic.serving == ["old", "new"])
    #expect(try await clinic.migrated() == 2)
    clinic.standin.withWorld { $0.faults.removeAll() }
    let resumed = try await clinic.run("resume", "--back")
    #expect(resumed.exit == 0 && clinic.serving == ["old", "old"], "\(resumed)")
    #expect(try await clinic.migrated() == 0)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let status: Int
    let code: String
    let path: String
    var testDescription: String { "\(status) \(code) on \(path)" }
  }

  @Test(arguments: [
    Refusal(status: 403, code: "forbidden", path: "/v9/projects/*"),
    Refusal(status: 404, code: "not_found", path: "/v9/projects/*"),
    Refusal(status: 401, code: "unauthorized", path: "*"),
    Refusal(status: 402, code: "payment_required", path: "/v13/deployments"),
    Refusal(status: 400, code: "too_many_files", path: "/v13/deployments"),
  ])
  func `that refuses is told with its own code and what to do`(_ refusal: Refusal) async throws {
    let clinic = try await Clinic { $0.checklist = "  - { id: source, check: command, run: \"true\" }" }
    clinic.standin.fail(
      Fault(nil, refusal.path, .respond(.error(refusal.status, refusal.code, "patient 4711 is not here")), count: nil))
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 4, "\(ended)")
    #expect(clinic.serving == ["old", "old"] && clinic.moves == [])
    let problem = ended.document["problem"] ?? ended.document["problems"]?.array?.first
    #expect(problem?["why"]?.string?.contains(refusal.code) == true, "\(ended)")
    #expect(problem?["why"]?.string?.contains("\(refusal.status)") == true, "\(ended)")
    #expect(problem?["remedy"]?.string?.isEmpty == false, "\(ended)")
    // A response's body is data, and is not shown.
    #expect(!(ended.words + ended.output).contains("4711"))
  }
}
