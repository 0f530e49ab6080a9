import Core

extension ProjectExamination {
  /// What of the policy decides how grave a setting is.
  package struct Asked: Hashable, Sendable {
    /// Whether the policy names a bypass secret for the project.
    package var hasBypass: Bool
    /// Whether data must stay in Brazil: the policy stands on packs of controls for it.
    package var staysInBrazil: Bool
    package init(hasBypass: Bool, staysInBrazil: Bool) {
      self.hasBypass = hasBypass
      self.staysInBrazil = staysInBrazil
    }
  }

  /// - Parameter subject: the project's id in the policy.
  package func findings(_ subject: String, _ asked: Asked) -> [DoctorFinding] {
    [standing(subject)] + gate(subject) + protection(subject, asked) + place(subject, asked) + wayBack(subject)
      + domainFindings(subject) + limits(subject) + clock(subject)
  }

  private func standing(_ subject: String) -> DoctorFinding {
    if settings.isPaused {
      return .failure("vercel.paused", subject, "the project is paused", remedy: "resume it in Vercel's dashboard")
    }
    if settings.isInTransfer {
      return .failure(
        "vercel.transfer", subject, "the project is being moved to another team",
        remedy: "wait until Vercel has moved it")
    }
    return .fine("vercel.project", subject, "the project \(settings.name) is reached")
  }

  /// What goes to production without asking Gatehouse.
  private func gate(_ subject: String) -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    let off =
      "switch off \"Auto-assign Custom Production Domains\" in the project's settings at Vercel (Environments, Production)"
    switch (settings.autoAssign, settings.isConnected) {
    case (true, true):
      let branch = settings.productionBranch ?? "the production branch"
      findings.append(
        .failure(
          "vercel.auto-assign", subject, "every push to \(branch) goes to production without Gatehouse",
          why: "a repository is connected, and new production deployments get the domains by themselves", remedy: off))
    case (true, false):
      findings.append(
        .warning(
          "vercel.auto-assign", subject, "a production deployment of anybody goes live by itself",
          why: "new production deployments get the domains by themselves", remedy: off))
    case (nil, _):
      findings.append(
        .unknown(
          "vercel.auto-assign", subject, "whether production deployments go live by themselves is not told",
          why: "Vercel's answer has no autoAssignCustomDomains",
          remedy: "use a token that may read the project's settings"))
    case (false, _):
      findings.append(.fine("vercel.auto-assign", subject, "only a promotion moves the production domains"))
    }
    if settings.deployHooks > 0 {
      findings.append(
        .warning(
          "vercel.deploy-hooks", subject, "the project has deploy hooks: \(settings.deployHooks)",
          why: "whoever knows such an address starts a build without a login",
          remedy: "delete those that nobody needs, in the project's Git settings at Vercel"))
    }
    if let allowed = settings.allowedSources, !allowed.isEmpty {
      findings.append(
        .warning(
          "vercel.deployment-policy", subject,
          "the project's policy lets in deployments of \(allowed.sorted().joined(separator: ", ")) only",
          why: "Gatehouse deploys through the API; a policy that leaves it out holds its deployments back (BLOCKED)",
          remedy: "see that the policy allows deployments by the API, or `source: git` for the project"))
    }
    return findings
  }

  private func protection(_ subject: String, _ asked: Asked) -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    if settings.isSourcePublic {
      findings.append(
        .warning(
          "vercel.public-source", subject, "source and build logs can be read by anybody with a deployment's address",
          why: "publicSource is on",
          remedy: "switch off public logs and source in the project's security settings at Vercel"))
    }
    guard settings.protection != nil || settings.hasPassword else {
      return findings + [
        .warning(
          "vercel.unprotected", subject, "previews and staged deployments are open to anybody with their address",
          remedy: "switch on Vercel Authentication for the project, and give the policy its `bypass` secret")
      ]
    }
    // Protection of previews alone leaves staged deployments of production open.
    if settings.protection == "preview", !settings.hasPassword {
      return findings + [.fine("vercel.protection", subject, "previews are protected")]
    }
    if !asked.hasBypass {
      findings.append(
        .failure(
          "vercel.bypass", subject, "probes of staged deployments will meet Vercel's protection",
          why: "the project is protected, and the policy names no `bypass`",
          remedy:
            "make a secret in the project's settings at Vercel (Protection Bypass for Automation), and name it as `bypass`"
        ))
    } else if settings.bypassIsKnown == false {
      findings.append(
        .failure(
          "vercel.bypass", subject, "the policy's `bypass` is none of the project's secrets",
          why: "it was revoked, or belongs to another project",
          remedy: "take the secret from the project's settings at Vercel (Protection Bypass for Automation)"))
    } else {
      findings.append(
        .fine("vercel.protection", subject, "staged deployments are protected, and the policy has a bypass"))
    }
    return findings
  }

  private func place(_ subject: String, _ asked: Asked) -> [DoctorFinding] {
    let all = Set(liveRegions + settings.regions).sorted()
    guard !all.isEmpty else {
      guard asked.staysInBrazil else { return [] }
      return [
        .unknown(
          "vercel.regions", subject, "where the project's functions run is not told",
          why: "neither the project nor the live deployment names a region",
          remedy: "set the function region to gru1 (São Paulo) in the project's settings at Vercel")
      ]
    }
    let abroad = all.filter { $0 != "gru1" }
    guard asked.staysInBrazil, !abroad.isEmpty else {
      return [.fine("vercel.regions", subject, "functions run in \(all.joined(separator: ", "))")]
    }
    return [
      .warning(
        "vercel.regions", subject, "functions run outside Brazil: \(abroad.joined(separator: ", "))",
        why:
          "personal data that they handle is transferred abroad, which the policy's controls ask about (LGPD, articles 33 to 36)",
        remedy:
          "set the function region to gru1 (São Paulo) at Vercel and in vercel.json, or show by a statement why the transfer is allowed"
      )
    ]
  }

  private func wayBack(_ subject: String) -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    if plan == "hobby" {
      findings.append(
        .warning(
          "vercel.rollback-depth", subject, "only the deployment right before the live one can be gone back to",
          why: "the plan is Hobby",
          remedy: "raise the plan, or never release twice before the first was watched to its end"))
    }
    if let days = settings.keepsProductionDays, (settings.keepsDeployments ?? 0) < 2 {
      findings.append(
        .warning(
          "vercel.retention", subject, "retention may delete the deployment to go back to",
          why:
            "production deployments go after \(days) days, and \(settings.keepsDeployments.map(String.init) ?? "no number") of them are kept whatever their age",
          remedy: "keep at least two production deployments in the project's retention settings at Vercel"))
    }
    if candidates == 0 {
      findings.append(
        .warning(
          "vercel.candidates", subject, "besides what is live there is no deployment to go back to",
          remedy: "nothing to do before the next release: what is live now is its way back"))
    }
    return findings
  }

  private func domainFindings(_ subject: String) -> [DoctorFinding] {
    guard domains > 0 else {
      return [
        .failure(
          "vercel.domains", subject, "the project has no production domain",
          remedy: "give it a domain in Vercel's dashboard")
      ]
    }
    guard !misconfigured.isEmpty else {
      return [.fine("vercel.domains", subject, "no production domain of \(domains) is misconfigured")]
    }
    return [
      .failure(
        "vercel.domains", subject, "domains do not lead to Vercel: \(misconfigured.prefix(5).joined(separator: ", "))",
        why: "Vercel calls them misconfigured: wrong DNS, or no certificate can be made",
        remedy: "set the records that the project's domain settings at Vercel ask for")
    ]
  }

  private func limits(_ subject: String) -> [DoctorFinding] {
    guard let plan, let cap = UploadCap.perDay(plan) else {
      return [
        .fine(
          "vercel.plan", subject,
          "the plan cannot be asked with this token; uploads are held to its limits as they come")
      ]
    }
    guard plan == "hobby" else {
      return [.fine("vercel.plan", subject, "the plan \(plan) takes \(cap) uploads of files a day")]
    }
    return [
      .warning(
        "vercel.uploads", subject, "the plan takes \(cap) uploads of files a day, then none for up to a day",
        why: "the plan is Hobby",
        remedy: "deploy a prebuilt output, leave files out with .vercelignore, or raise the plan")
    ]
  }

  private func clock(_ subject: String) -> [DoctorFinding] {
    guard let clockAhead else { return [] }
    let seconds = clockAhead.components.seconds
    // The header tells whole seconds, and the answer takes its time.
    guard abs(seconds) > 10 else {
      return [.fine("vercel.clock", subject, "this machine's clock agrees with Vercel's")]
    }
    return [
      .warning(
        "vercel.clock", subject,
        "this machine's clock is \(abs(seconds)) s \(seconds > 0 ? "behind" : "ahead of") Vercel's",
        why: "ages of evidence, windows and approvals are told by it", remedy: "set the machine's clock (NTP)")
    ]
  }
}
