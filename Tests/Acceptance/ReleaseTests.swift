import Core
import FoundationEssentials
import Glibc
import JSONText
import Postgres
import Standins
import TestSupport
import Testing

@Suite(.inTurn) struct `A release` {
  @Test func `goes out in order, with the way back made first`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.checklist = "  - { id: migrations, check: migrations }"
      // Asks what production serves after the migration, from outside.
      $0.migrations = """
            then-run: ["python3 ask.py", "ls .gatehouse/snapshots > .gatehouse/snapshots-then"]
        """
      // Its rehearsal asks as well, which it may only when somebody says so.
      $0.environment = ["GATEHOUSE_REHEARSAL_KEEP": "VERCEL_API_URL", "GATEHOUSE_REHEARSAL_NETWORK": "yes"]
      $0.files["ask.py"] = """
        import os, urllib.request
        port = os.environ["VERCEL_API_URL"].rsplit(":", 1)[1]
        found = []
        for name in ["clinic-api", "clinic-web", "second-clinic-api"]:
            asked = urllib.request.Request(f"http://127.0.0.1:{port}/health", headers={"Host": f"{name}.localhost:{port}"})
            found.append(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked).read().decode())
        open(".gatehouse/served-then", "w").write("\\n".join(found))

        """
      $0.seed = { seed in
        seed.domains = [seed.name + ".localhost", "second-" + seed.name + ".localhost"]
        seed.autoAssign = seed.name == "clinic-api"
        (seed.build, seed.traffic) = (BuildPlan(), TrafficPlan())
        seed.build.aliasing = .polls(0)
      }
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0, "\(ended)")
    #expect(ended.decision == "released" && ended.document["exit"]?.integer == 0)
    #expect(ended.document["schema"]?.string == "gatehouse.deploy/v1")
    #expect(ended.document["checks"]?.array?.compactMap { $0["status"]?.string } == ["pass"])
    #expect(ended.document["commit"]?.string == clinic.commit)

    #expect(clinic.serving == ["new", "new"])
    #expect(clinic.moves == ["promote api", "promote web"])
    #expect(clinic.standin.project("clinic-api")?.autoAssign == true)
    #expect(clinic.standin.project("clinic-web")?.autoAssign == false)
    #expect(try await clinic.migrated() == 2)

    let served = try clinic.text(".gatehouse/served-then").split(separator: "\n")
    #expect(served.count == 3 && served.allSatisfy { $0.contains(Clinic.former) && !$0.contains(clinic.commit) })
    #expect(try clinic.text(".gatehouse/snapshots-then").contains(".json"))
    let snapshots = try FileManager.default.contentsOfDirectory(atPath: clinic.folder.path + "/.gatehouse/snapshots")
    let manifest = try #require(snapshots.first { $0.hasSuffix(".json") && !$0.contains("verified") })
    let described = try clinic.text(".gatehouse/snapshots/" + manifest)
    #expect(described.contains("patients") && !described.contains("consents"), "the snapshot is of the time before")
    #expect(
      try await clinic.finished() == [
        "stage:api", "stage:web", "snapshot", "rehearse", "migrate", "then-run:0", "then-run:1", "verify-staged",
        "promote:api", "promote:web", "watch", "record",
      ])
  }

  @Test func `without pending migrations takes no snapshot`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.checklist = "  - { id: migrations, check: migrations }"
    }
    #expect(try await clinic.run("deploy").exit == 0)
    let snapshots = clinic.folder.path + "/.gatehouse/snapshots"
    let before = try FileManager.default.contentsOfDirectory(atPath: snapshots).sorted()
    try await shell("git commit -q --allow-empty -m Again", in: clinic.folder.path)
    let again = try await clinic.run("deploy")
    #expect(again.exit == 0 && again.decision == "released", "\(again)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: snapshots).sorted() == before)
  }

  @Test func `that fails after the migration is taken back`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.migrations = "    then-run: 'test -n \"$GATEHOUSE_REHEARSAL\"'"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6 && ended.decision == "rolled-back", "\(ended)")
    #expect(ended.document["problem"]?["code"]?.string == "command.failed")
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
  }
}

@Suite(.inTurn) struct `A release that falls ill` {
  @Test func `is taken back after three failures, traffic before the database`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.seed = { $0.autoAssign = false }
    }
    // A fourth look would find it well.
    clinic.fallIll(times: 3)
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6 && ended.decision == "rolled-back", "\(ended)")
    #expect(ended.document["problem"]?["code"]?.string == "health.unwell")
    #expect(clinic.moves == ["promote api", "promote web", "rollback web", "rollback api"])
    #expect(clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
    #expect(Clinic.names.allSatisfy { clinic.standin.project($0)?.autoAssign == false })
    #expect(
      try await clinic.finished().suffix(5) == [
        "roll-back:web", "roll-back:api", "snapshot-present", "reverse-migrations", "verify-restored",
      ])
    // Ended is ended: nothing is done twice.
    #expect(try await clinic.run("resume").exit == 6)
    #expect(clinic.moves.count == 4)
  }

  @Test func `for two looks only goes out`() async throws {
    let clinic = try await Clinic { $0.lasts = "2s" }
    clinic.fallIll(times: 2)
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0 && clinic.serving == ["new", "new"], "\(ended)")
    #expect(clinic.moves == ["promote api", "promote web"])
  }

  @Test func `and cannot be validated afterwards needs a person`() async throws {
    let clinic = try await Clinic { $0.sections = "rollback: { validate: [\"exit 1\"] }" }
    clinic.fallIll()
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 7 && ended.decision == "needs-person", "\(ended)")
    #expect(clinic.serving == ["old", "old"])
    let next = try await clinic.run("deploy")
    #expect(next.exit == 7 && next.words.contains("resume --forward"), "\(next)")
  }
}

/// Law L5: only bad is bad.
@Suite(.inTurn) struct `A release that cannot be seen` {
  enum Blindness: String, CaseIterable, Sendable { case wall, redirect, cached, wallAfterAWhile }

  @Test(arguments: Blindness.allCases)
  func `is left to a person, never taken back`(_ kind: Blindness) async throws {
    let clinic = try await Clinic { $0.lasts = kind == .wallAfterAWhile ? "3500ms" : "1100ms" }
    let standin = clinic.standin
    let wall = { @Sendable (wall: Protection.Wall) in
      standin.withWorld { world in
        for name in Clinic.names {
          world.change(name) { $0.protection = Protection(wall: wall, coversProduction: true) }
        }
      }
    }
    switch kind {
    // The traffic was confirmed before; the first look of the watch puts the wall up and is itself not well.
    case .wall, .redirect:
      var rule = PageRule("/api/health/database", [])
      rule.answers = [
        PageAnswer(
          .live { _ in
            wall(kind == .wall ? .page : .redirect)
            return APIAnswer(status: 401, headers: [("Server", "Vercel"), ("Set-Cookie", "_vercel_sso_nonce=x")])
          })
      ]
      (rule.project, rule.commit, rule.way) = ("clinic-api", clinic.commit, .alias)
      standin.serve(rule)
    case .wallAfterAWhile: clinic.atLook(2) { wall(.page) }
    case .cached:
      for name in Clinic.names {
        var rule = PageRule("/api/health/database", [.json(["status": "fail"], headers: [("Age", "40")])])
        (rule.project, rule.commit, rule.way) = (name, clinic.commit, .alias)
        standin.serve(rule)
      }
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 7 && ended.decision == "needs-person", "\(ended)")
    #expect(ended.document["problem"]?["code"]?.string == "health.undecided", "\(ended)")
    #expect(clinic.moves == ["promote api", "promote web"] && clinic.serving == ["new", "new"])
    // A person sends it one way.
    wall(.none)
    standin.withWorld { $0.pages.removeAll() }
    standin.serve(PageRule("/api/health/database", [.well()]))
    let back = kind == .cached
    let resumed = try await clinic.run("resume", back ? "--back" : "--forward")
    #expect(resumed.exit == 0, "\(resumed)")
    #expect(clinic.serving == (back ? ["old", "old"] : ["new", "new"]))
  }

  @Test func `when its domains are asked who answers is left to a person as well`() async throws {
    let clinic = try await Clinic()
    let standin = clinic.standin
    var rule = PageRule("/health", [])
    rule.answers = [
      .json(["message": "Authentication Required"], status: 401, headers: [("Set-Cookie", "_vercel_sso_nonce=x")])
    ]
    (rule.project, rule.commit, rule.way) = ("clinic-api", clinic.commit, .alias)
    standin.serve(rule)
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 7 && ended.decision == "needs-person", "\(ended)")
    #expect(clinic.moves == ["promote api"] && clinic.serving == ["new", "old"])
    standin.withWorld { $0.pages.removeAll() }
    standin.serve(PageRule("/api/health/database", [.well()]))
    let resumed = try await clinic.run("resume", "--forward")
    #expect(resumed.exit == 0 && clinic.serving == ["new", "new"], "\(resumed)")
    #expect(clinic.moves == ["promote api", "promote web"])
  }

  @Test func `on its own address does not touch production`() async throws {
    let clinic = try await Clinic()
    var rule = PageRule("/health", [])
    rule.answers = [
      .json(["message": "Authentication Required"], status: 401, headers: [("Set-Cookie", "_vercel_sso_nonce=x")])
    ]
    (rule.project, rule.commit, rule.way) = ("clinic-api", clinic.commit, .ownHost)
    clinic.standin.serve(rule)
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 4 && ended.decision == "unchanged", "\(ended)")
    #expect(ended.document["problem"]?["remedy"]?.string?.contains("bypass") == true)
    #expect(clinic.moves == [])
  }

  @Test func `where it would return to begins nothing`() async throws {
    let clinic = try await Clinic { $0.seed = { $0.protection = Protection(wall: .page) } }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 3, "\(ended)")
    #expect(ended.document["problems"]?[0]?["remedy"]?.string?.contains("bypass") == true)
    #expect(clinic.moves == [])
    #expect(clinic.standin.seen.allSatisfy { $0.method == "GET" })
  }

  @Test func `with nothing well to return to begins nothing`() async throws {
    let clinic = try await Clinic()
    var rule = PageRule("/api/health/database", [.unwell()])
    (rule.project, rule.way) = ("clinic-api", .ownHost)
    clinic.standin.serve(rule)
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1, "\(ended)")
    #expect(clinic.standin.seen.allSatisfy { $0.method == "GET" })
  }
}

@Suite(.inTurn) struct `Production changed by somebody else` {
  @Test func `during the watch needs a person, and is not taken back`() async throws {
    let clinic = try await Clinic { $0.lasts = "1600ms" }
    let standin = clinic.standin
    clinic.atLook(2) {
      standin.withWorld { _ = $0.release("2222222222222222222222222222222222222222", of: "clinic-web") }
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 7 && ended.decision == "needs-person", "\(ended)")
    #expect(ended.document["problem"]?["code"]?.string == "vercel.foreign")
    #expect(clinic.moves == ["promote api", "promote web"] && clinic.serving == ["new", "other"])
  }

  @Test func `and ill as well is not taken back either`() async throws {
    let clinic = try await Clinic { $0.lasts = "5s" }
    let standin = clinic.standin
    clinic.fallIll()
    clinic.atLook(1) {
      standin.withWorld { _ = $0.release("2222222222222222222222222222222222222222", of: "clinic-api") }
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 7 && clinic.serving == ["other", "new"], "\(ended)")
    #expect(clinic.moves == ["promote api", "promote web"])
  }
}
