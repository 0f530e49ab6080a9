import Core
import HTTP

extension VercelClient {
  /// Makes a deployment for production that gets no traffic, and returns when it is READY.
  ///
  /// A deployment that an earlier attempt of this run made for the project is taken up, whatever became of it: a run
  /// builds a project once.
  ///
  /// - Parameter accepted: Called once Vercel has the deployment, and nothing more is read here.
  package func stage(
    _ order: StageOrder, accepted: () -> Void = {}
  ) async throws(VercelProblem) -> StagedDeployment {
    var notes: [String] = []
    var deployment: VercelDeployment
    let look = try await look(for: order.mark, in: order.project)
    let wasThere = !look.ours.isEmpty
    if let found = try await single(look.ours, order, &notes) {
      progress(Progress(order.mark.project.text, "\(found.id) of this run is there already"))
      // A list tells less than the deployment itself.
      deployment = try await self.deployment(found.id.text).completed(from: found)
    } else {
      try await clear(look.superseded, order, &notes)
      let files = try await files(of: order)
      for note in files?.notes ?? [] {
        progress(Progress(order.mark.project.text, note))
        notes.append(note)
      }
      deployment = try await create(order, files, &notes)
      progress(Progress(order.mark.project.text, "\(deployment.id) was accepted"))
    }
    accepted()
    try check(deployment, order)
    deployment = try await follow(deployment, order, &notes)
    try check(deployment, order)
    if deployment.url == nil {
      // Who sees least of a deployment sees its address in the list.
      let listed = try await deployments(marked: order.mark, in: order.project).first { $0.id == deployment.id }
      deployment.url = listed?.url
    }
    guard let url = deployment.url else {
      throw mismatch(order, deployment, "it is READY and has no address of its own")
    }
    if deployment.substate == "PROMOTED" || deployment.substate == "ROLLING" {
      if !wasThere {
        throw mismatch(order, deployment, "it got production traffic at once, although it was to wait").possibly()
      }
      notes.append("it has had production traffic already")
    }
    return StagedDeployment(
      id: deployment.id, url: url, project: order.project, state: deployment.state, commit: order.mark.commit,
      wasThere: wasThere, notes: notes)
  }

  /// Takes a deployment out of the queue of builds while it is still there; does nothing when it is finished.
  ///
  /// - Returns: Where it stands afterwards; `nil` when Vercel does not know it any more.
  package func discard(_ deployment: DeploymentID) async throws(VercelProblem) -> DeploymentState? {
    do {
      let state = try await self.deployment(deployment.text).state
      guard state.isUnderway || state == .blocked else { return state }
      let call = VercelCall(
        "PATCH", ["v12", "deployments", deployment.text, "cancel"], "cancel \(deployment)", safety: .repeatable)
      do {
        _ = try await send(call)
      } catch  where [.refused, .conflict, .notFound].contains(error.kind) {
        // Finished meanwhile: what it is now is asked below.
      }
      return try await self.deployment(deployment.text).state
    } catch  where error.kind == .notFound {
      return nil
    }
  }

  // MARK: -

  /// `nil` when Vercel fetches them itself.
  private func files(of order: StageOrder) async throws(VercelProblem) -> DeploymentFiles? {
    guard case .files(let place) = order.source else { return nil }
    return try await DeploymentFiles.readAside(place, leavingOut: order.leavingOut)
  }

  private func create(
    _ order: StageOrder, _ files: DeploymentFiles?, _ notes: inout [String]
  ) async throws(VercelProblem) -> VercelDeployment {
    let what = "create a deployment of \(order.mark.project)"
    var call = VercelCall("POST", ["v13", "deployments"], what, safety: .once)
    call.query = [("skipAutoDetectionConfirmation", "1")] + (files?.isPrebuilt == true ? [("prebuilt", "1")] : [])
    call.setJSON(order.body(files))
    call.timeout = .seconds(120)
    var uploaded: Set<String> = []
    var doubts = 0
    while true {
      do throws(VercelProblem) {
        let json = try await send(call).json
        guard let deployment = VercelDeployment(json: json) else {
          throw garbled(what, "the answer names no deployment").possibly()
        }
        return doubts == 0 ? deployment : try await only(deployment, order, &notes)
      } catch {
        if error.kind == .missingFiles, let files {
          // The vendor's flow: nothing was made, these contents are wanted first. It may name them in several parts.
          guard !error.missing.isEmpty, uploaded.isDisjoint(with: error.missing) else {
            var problem = error
            problem.why +=
              error.missing.isEmpty ? "; it does not say which" : "; they were uploaded and are still missing"
            throw doubts > 0 ? problem.possibly() : problem
          }
          notes += try await upload(error.missing, of: files, name: order.mark.project.text)
          uploaded.formUnion(error.missing)
          continue
        }
        guard error.effect == .possible, error.kind != .interrupted else {
          var problem = error
          if files == nil, [.refused, .notFound, .unprocessable].contains(problem.kind) {
            problem.remedy = "push the commit to the repository that the project is connected to, then run it again"
          }
          throw doubts > 0 ? problem.possibly() : problem
        }
        // Every accepted request makes a deployment: look for ours before asking for another one.
        doubts += 1
        var pause = Duration.seconds(1)
        for _ in 0..<3 {
          try await self.pause(for: pause, what)
          let found: [VercelDeployment]
          do { found = try await deployments(marked: order.mark, in: order.project) } catch { throw error.possibly() }
          if let deployment = try await single(found, order, &notes) {
            notes.append("the request seemed lost (\(error.why)) and had been carried out")
            return deployment
          }
          pause *= 2
        }
        guard doubts < 3 else { throw error }
      }
    }
  }

  /// Looks once more after a repeated request, in case the first one was carried out late. One that is built already is
  /// better than one that is to be built.
  private func only(
    _ deployment: VercelDeployment, _ order: StageOrder, _ notes: inout [String]
  ) async throws(VercelProblem) -> VercelDeployment {
    let all = try await deployments(marked: order.mark, in: order.project)
    let others = all.filter { $0.id != deployment.id }
    let whole = deployment.state == .ready ? nil : others.first { $0.state == .ready }
    let taken = whole ?? deployment
    try await clear((whole == nil ? others : others.filter { $0.id != taken.id } + [deployment]), order, &notes)
    return taken
  }

  /// The one to go on with: the newest that is READY, else the newest that is being built, else the newest. Others that
  /// still build are cancelled.
  private func single(
    _ found: [VercelDeployment], _ order: StageOrder, _ notes: inout [String]
  ) async throws(VercelProblem) -> VercelDeployment? {
    let usable =
      found.first { $0.state == .ready && !$0.isRetired } ?? found.first { $0.state.isUnderway } ?? found.first
    try await clear(found.filter { $0.id != usable?.id }, order, &notes)
    return usable
  }

  /// Cancels what is still being built and nobody waits for, and tells of each; nothing is ever deleted. One that cannot be
  /// cancelled takes a place in the queue of builds, and hinders nothing else.
  private func clear(
    _ others: [VercelDeployment], _ order: StageOrder, _ notes: inout [String]
  ) async throws(VercelProblem) {
    for other in others {
      let isTwin = order.mark.marks(other)
      let origin = isTwin ? "was made by a repeated request" : "was left building by an earlier run"
      guard other.state.isUnderway || other.state == .blocked else {
        if isTwin { notes.append("\(other.id) \(origin), is \(other.state.text), and was left alone") }
        continue
      }
      do {
        let left = try await discard(other.id)
        let words = left.map { $0 == .canceled ? "was cancelled" : "is \($0.text) now" } ?? "is gone"
        notes.append("\(other.id) \(origin) and \(words)")
      } catch {
        guard error.kind != .interrupted else { throw error }
        notes.append("\(other.id) \(origin) and could not be cancelled: \(error.why)")
      }
      if let note = notes.last { progress(Progress(order.mark.project.text, note)) }
    }
  }

  private func mismatch(_ order: StageOrder, _ deployment: VercelDeployment, _ why: String) -> VercelProblem {
    VercelProblem(
      .mismatch, "stage \(order.mark.project)", place: deployment.id.text, why: why,
      remedy: "look at the deployment at Vercel"
    ).with(deployment: deployment.id)
  }

  private func check(_ deployment: VercelDeployment, _ order: StageOrder) throws(VercelProblem) {
    guard deployment.target == "production" else {
      throw mismatch(
        order, deployment, "its target is \(deployment.target?.asPlainName ?? "preview"), not production")
    }
    if let project = deployment.projectID, project != order.project {
      throw mismatch(order, deployment, "it belongs to another project")
    }
    // Whatever says which commit it was made from must say ours; Vercel may say it only when it has fetched it.
    let others = deployment.disagreeing(with: order.mark.commit)
    if !others.isEmpty {
      let named = others.prefix(4).map { "\($0.field) is \($0.commit.isComplete ? $0.commit.short : $0.commit.text)" }
      throw mismatch(
        order, deployment,
        "\(order.mark.commit.short) was asked for, and \(named.joined(separator: ", "))")
    }
    guard case .repository = order.source else { return }
    if deployment.state == .ready, deployment.fetchedCommit == nil {
      throw mismatch(order, deployment, "Vercel does not say which commit it fetched")
    }
  }
}

extension StageOrder {
  func body(_ files: DeploymentFiles?) -> JSON {
    var members: [(String, JSON?)] = [
      ("name", .string(name)), ("project", .string(project)), ("target", "production"),
      // What makes it wait: the vendor's `--skip-domain` is nothing else.
      ("autoAssignCustomDomains", false), ("meta", mark.meta),
    ]
    switch source {
    case .files:
      members += [("gitMetadata", gitMetadata), ("files", .array(files?.files.map(\.json) ?? []))]
    case .repository(let link): members.append(("gitSource", link.source(mark.commit, ref: git.ref)))
    }
    return .dictionary(members)
  }

  private var gitMetadata: JSON {
    .dictionary([
      ("commitSha", .string(mark.commit.text)), ("commitRef", git.ref.map { .string($0) }),
      ("commitMessage", git.message.map { .string($0.oneLine(limit: 500)) }),
      ("commitAuthorName", git.authorName.map { .string($0) }),
      ("commitAuthorEmail", git.authorEmail.map { .string($0) }),
      ("remoteUrl", git.remoteURL.map { .string(StageOrder.withoutUser($0)) }),
      ("dirty", git.isDirty.map { .bool($0) }),
    ])
  }

  /// The address without a user and password before the host.
  static func withoutUser(_ url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let rest = url[scheme.upperBound...]
    let end = rest.firstIndex(of: "/") ?? rest.endIndex
    guard let at = rest[..<end].lastIndex(of: "@") else { return url }
    return String(url[..<scheme.upperBound] + rest[rest.index(after: at)...])
  }
}
