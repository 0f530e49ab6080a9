import Core
import Snapshots
import Surroundings

/// The policy, its secrets, the working tree, the store, the database and the programs for it.
extension Doctor {
  func policyFindings() -> [DoctorFinding] {
    let later = policy.notYet.map { asked in
      DoctorFinding.warning(
        "policy.not-yet", "policy", asked.what,
        why: "\(asked.path), line \(asked.line): check and deploy are inconclusive",
        remedy: "take it out, or wait for it")
    }
    return [.fine("policy", "policy", "the policy is valid")] + later
  }

  func secretFindings() async -> [DoctorFinding] {
    var failures: [DoctorFinding] = []
    let references = Set(policy.secretReferences).sorted { $0.description < $1.description }
    for reference in references {
      do { _ = try await installation.secrets.resolve(reference) } catch {
        failures.append(.problem(error, "secrets", .failure))
      }
    }
    guard failures.isEmpty, !references.isEmpty else { return failures }
    return [.fine("secrets", "secrets", "\(references.count) of \(references.count) secrets of the policy are there")]
  }

  func sourceFindings() async -> [DoctorFinding] {
    do {
      let facts = try await installation.source.facts(askingRemote: false)
      var findings: [DoctorFinding] = [.fine("source", "source", "commit \(facts.head.short)")]
      if facts.isShallow {
        findings.append(
          .warning(
            "source.shallow", "source", "the clone is shallow",
            why: "authors and changes since production cannot be told",
            remedy: "fetch the whole history: fetch-depth: 0"))
      }
      if !facts.dirty.isEmpty {
        findings.append(
          .warning(
            "source.dirty", "source", "the working tree is not as committed",
            why: "\(facts.dirty.count) paths, such as \(facts.dirty[0])", remedy: "commit them, or put them away"))
      }
      return findings
    } catch { return [.problem(error, "source", .unknown)] }
  }

  func storeFindings() async -> [DoctorFinding] {
    let refusal = StoreRefusal(installation: installation)
    do {
      try refusal.refuseThrownAway()
      try await refusal.refuseInsideReleasedDatabase()
    } catch { return [.problem(error, "store", .failure)] }
    do {
      let store = try await session.storeIfThere()
      return [
        .fine("store", "store", store == nil ? "the store will be made by the first run" : "the store is reached")
      ]
    } catch { return [.problem(error, "store", .failure)] }
  }

  func databaseFindings() async -> [DoctorFinding] {
    guard let database = policy.database else { return [] }
    var findings: [DoctorFinding] = []
    do throws(Problem) {
      let url = try await installation.secrets.resolve(database.url)
      let (_, place) = try await locate(database: url)
      findings.append(.fine("database", "database", "the database is reached at \(place)"))
      do throws(Problem) {
        try await installation.snapshotter().refuseWrongClock(url)
        findings.append(.fine("database.clock", "database", "this machine's clock agrees with the database's"))
      } catch {
        findings.append(.problem(error, "database", error.code == "snapshot.clock" ? .warning : .failure))
      }
    } catch { findings.append(.problem(error, "database", .failure)) }
    var programs = ["pg_dump", "pg_restore"]
    if case .local = database.scratch { programs += ["initdb", "postgres"] }
    for program in programs {
      do throws(Problem) {
        let found = try PostgresPrograms.find(program)
        findings.append(.fine("database.programs", "database", "\(program) is in \(found.folder)"))
      } catch { findings.append(.problem(error, "database", .failure)) }
    }
    return findings
  }
}
