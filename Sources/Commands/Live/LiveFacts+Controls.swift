import Approvals
import Checklist
import Controls
import Core
import Evidence
import FoundationEssentials
import Glibc
import OpenSSL
import PolicyFile
import Surroundings

/// What a line of controls stands on. Packs and people count as they are in the commit that is decided about, so that no
/// step of a pipeline can change them before the gate looks, and no command of the checklist afterwards; statements are signed, and count from wherever they lie in the folder.
extension LiveFacts {
  /// Where a project may keep a pack of its own in the place of a bundled one.
  private static let ownPacks = "gatehouse/controls/"
  private static let mostStatements = 1000
  /// Bytes of a file that a statement names as evidence.
  private static let largestEvidence = 64 << 20

  func controls(_ rules: ControlsRules) async -> Result<ControlFacts, Problem> {
    do throws(Problem) {
      guard let commit = locator.commit else {
        throw Problem(
          "controls.no-commit", "the commit that is decided about is not known",
          remedy: "run the gate in a Git checkout with a commit")
      }
      var packs: [ControlFacts.Pack] = []
      for name in rules.packs { packs.append(try await pack(name)) }
      try Self.refuseTwins(packs)
      var people: Result<(EvidenceReference, People), Problem>
      do throws(Problem) { people = .success(try await self.people(rules.people)) } catch { people = .failure(error) }
      let statements = try await statements(rules, people: people.map { $0.1 })
      return .success(
        ControlFacts(packs: packs, people: people.map { $0.0 }, statements: statements, commit: commit))
    } catch { return .failure(error) }
  }

  // MARK: - Packs

  private func pack(_ name: String) async throws(Problem) -> ControlFacts.Pack {
    let isFile = name.contains("/") || name.hasSuffix(".yml") || name.hasSuffix(".yaml")
    if isFile {
      guard let bytes = try await committed(name) else { throw Self.notCommitted(name, "the control pack") }
      return try Self.read(bytes, file: name, .committed)
    }
    let own = Self.ownPacks + name + ".yml"
    if let bytes = try await committed(own) {
      let pack = try Self.read(bytes, file: own, BundledPacks.ids.contains(name) ? .replacing(path: own) : .committed)
      guard pack.pack.id == name else {
        throw Problem(
          "controls.pack", "the control pack \(own) has another id than its file: \(pack.pack.id)",
          remedy: "give both the same name")
      }
      return pack
    }
    // On disk and not in the commit: nobody shall believe that it counts.
    if access(installation.path(own), F_OK) == 0 { throw Self.notCommitted(own, "the control pack") }
    guard let bytes = BundledPacks.bytes(of: name) else {
      throw Problem(
        "controls.pack", "there is no control pack \(name)",
        why: "bundled are \(BundledPacks.ids.joined(separator: ", ")), and \(own) is not committed",
        remedy: "correct the name in the policy, or commit a pack of that name")
    }
    return try Self.read(bytes, file: BundledPacks.file(of: name), .bundled)
  }

  private static func read(
    _ bytes: [UInt8], file: String, _ origin: ControlFacts.Origin
  ) throws(Problem) -> ControlFacts.Pack {
    switch ControlPack.read(file: file, bytes: bytes) {
    case .success(let pack):
      let shown = origin == .bundled ? "\(file) (bundled, \(pack.version))" : file
      return ControlFacts.Pack(pack, origin: origin, reference: reference(shown, bytes, "gatehouse-controls"))
    case .failure(let problems): throw problems.first("controls.pack", "the control pack \(file) cannot be used")
    }
  }

  private static func refuseTwins(_ packs: [ControlFacts.Pack]) throws(Problem) {
    var seen: Set<String> = []
    for pack in packs where !seen.insert(pack.pack.id).inserted {
      throw Problem(
        "controls.pack", "two control packs have the id \(pack.pack.id)", remedy: "name each pack once in the policy")
    }
  }

  // MARK: - People and what they signed

  private func people(_ path: String) async throws(Problem) -> (EvidenceReference, People) {
    guard let bytes = try await committed(path) else { throw Self.notCommitted(path, "the list of people") }
    switch People.read(file: path, bytes: bytes) {
    case .success(let people): return (Self.reference(path, bytes, "gatehouse-people"), people)
    case .failure(let problems): throw problems.first("controls.people", "the list of people \(path) cannot be used")
    }
  }

  private func statements(
    _ rules: ControlsRules, people: Result<People, Problem>
  ) async throws(Problem) -> [ControlFacts.Statement] {
    guard !rules.attestations.isEmpty else { return [] }
    let (paths, faults) = try Self.find(rules.attestations, below: installation.folder)
    var statements = faults.map {
      ControlFacts.Statement(
        .failure(AttestationFault(.unreadable, path: $0.path, why: $0.why, remedy: $0.remedy)),
        reference: Self.reference($0.path, nil, nil))
    }
    for path in paths {
      let bytes: [UInt8]
      do throws(AttestationFault) { bytes = try read(path) } catch {
        statements.append(.init(.failure(error), reference: Self.reference(path, nil, nil)))
        continue
      }
      var outcome: Result<SignedAttestation, AttestationFault>
      do throws(AttestationFault) { outcome = .success(try await signed(path, bytes, people, rules.people)) } catch {
        outcome = .failure(error)
      }
      statements.append(.init(outcome, reference: Self.reference(path, bytes, "gatehouse-attestation")))
    }
    return statements
  }

  private func signed(
    _ path: String, _ bytes: [UInt8], _ people: Result<People, Problem>, _ list: String
  ) async throws(AttestationFault) -> SignedAttestation {
    var signature: [UInt8]?
    if access(installation.path(path + ".sig"), F_OK) == 0 { signature = try read(path + ".sig") }
    let known: People
    switch people {
    case .success(let people): known = people
    case .failure(let problem):
      throw AttestationFault(
        .unknownPerson, path: path, why: "cannot be held against \(list): \(problem.what)",
        remedy: problem.remedy ?? "put the list right")
    }
    var signed = try SignedAttestation.read(path: path, bytes: bytes, signature: signature, people: known, list: list)
    for evidence in signed.attestation.evidence {
      guard case .file(let name) = evidence.place else { continue }
      do throws(Problem) {
        if let bytes = try await committed(name, atMost: Self.largestEvidence) {
          signed.files[name] = Digest.hex(Digest.sha256(bytes))
        }
      } catch {
        throw AttestationFault(
          .unreadable, path: path, why: "names evidence that cannot be read: \(error.what)",
          remedy: error.remedy ?? "name the path of a committed file")
      }
    }
    return signed
  }

  private static func find(
    _ patterns: [String], below folder: String
  ) throws(Problem) -> (paths: [String], faults: [EvidenceFault]) {
    var paths: Set<String> = []
    var faults: [EvidenceFault] = []
    do throws(EvidenceFault) {
      let finder = try FileFinder(root: folder)
      for pattern in patterns {
        let glob: Glob
        do throws(Glob.Fault) { glob = try Glob(pattern) } catch {
          throw EvidenceFault(.unreadable, path: pattern, why: "is no pattern: \(error)", remedy: "correct the policy")
        }
        let found = finder.find(glob)
        paths.formUnion(found.files.filter { !$0.hasSuffix(".sig") })
        faults += found.faults
      }
    } catch {
      throw Problem(
        "controls.attestations", "attestations cannot be looked for", place: error.path, why: error.why,
        remedy: error.remedy)
    }
    guard paths.count <= mostStatements else {
      throw Problem(
        "controls.attestations", "more than \(mostStatements) files are named as attestations",
        remedy: "name them more closely in the policy")
    }
    return (paths.sorted(), faults)
  }

  // MARK: - Reading

  private func committed(
    _ path: String, atMost limit: Int = PolicyFile.maximumSize + 1
  ) async throws(Problem) -> [UInt8]? {
    guard let commit = locator.commit else { return nil }
    return try await installation.source.committedBytes(of: path, at: commit, atMost: limit)
  }

  private func read(_ path: String) throws(AttestationFault) -> [UInt8] {
    do { return try DiskFiles.read(installation.path(path)) } catch {
      let why = (error as? Problem)?.why ?? "it may not be read, or is no file"
      throw AttestationFault(
        .unreadable, path: path, why: "cannot be read: \(why)", remedy: "let the gate's user read it")
    }
  }

  private static func notCommitted(_ path: String, _ what: String) -> Problem {
    Problem(
      "controls.not-committed", "\(what) \(path) is not in the commit", remedy: "commit \(path), or correct the policy")
  }

  private static func reference(_ path: String, _ bytes: [UInt8]?, _ format: String?) -> EvidenceReference {
    EvidenceReference(
      path: path, sha256: bytes.map { Digest.hex(Digest.sha256($0)) }, format: format, commit: nil, age: nil)
  }
}
