import Core
import HTTP
import Standins
import TestSupport
import Testing

@testable import Vercel

@Suite struct `What the doctor says of Vercel` {
  private let day = Duration.seconds(86_400)
  private let now = Timestamp(seconds: 1_795_000_000)

  private func codes(_ findings: [DoctorFinding], _ severity: DoctorFinding.Severity) -> [String] {
    findings.filter { $0.severity == severity }.map(\.code)
  }

  @Test func `a token of one project is right, and a wider one is told`() {
    let narrow = TokenState(reach: .project).findings("api", now: now)
    #expect(narrow.map(\.severity) == [.fine])
    let wide = TokenState(reach: .team, createdAt: now - day * 400, expiresAt: now + day * 3).findings("api", now: now)
    #expect(codes(wide, .warning) == ["vercel.token-scope", "vercel.token-end", "vercel.token-age"])
    #expect(
      codes(TokenState(reach: .account, expiresAt: now).findings("api", now: now), .failure) == ["vercel.token-end"])
    #expect(
      codes(TokenState(reach: .project, isLeaked: true).findings("api", now: now), .failure) == ["vercel.token-leaked"])
    for finding in wide { #expect(finding.remedy?.isEmpty == false) }
  }

  private func examination(_ settings: JSON, bypass: Secret? = nil) -> ProjectExamination {
    let base: [JSON.Member] = [
      .init("name", "api"), .init("autoAssignCustomDomains", false),
      .init("ssoProtection", ["deploymentType": "preview"]),
      .init("resourceConfig", ["functionDefaultRegions": ["gru1"]]),
    ]
    let given = settings.members ?? []
    let kept = base.filter { member in !given.contains { $0.key == member.key } }
    var seen = ProjectExamination(settings: ProjectSettings(json: .object(kept + given), bypass: bypass))
    seen.domains = 1
    seen.candidates = 3
    seen.plan = "pro"
    seen.liveRegions = ["gru1"]
    seen.clockAhead = .zero
    return seen
  }

  private let asked = ProjectExamination.Asked(hasBypass: false, staysInBrazil: true)

  @Test func `a project that a gate can stand before is fine`() {
    let findings = examination([:]).findings("api", asked)
    #expect(findings.allSatisfy { $0.severity == .fine }, "\(findings)")
    #expect(findings.exit == .done)
  }

  @Test(
    arguments: [
      (
        ["autoAssignCustomDomains": true, "link": ["type": "github", "productionBranch": "main"]], "vercel.auto-assign",
        .failure
      ),
      (["autoAssignCustomDomains": true], "vercel.auto-assign", .warning),
      (["autoAssignCustomDomains": nil], "vercel.auto-assign", .unknown),
      (["link": ["type": "github", "deployHooks": [["id": "h"]]]], "vercel.deploy-hooks", .warning),
      (["publicSource": true], "vercel.public-source", .warning),
      (["ssoProtection": nil], "vercel.unprotected", .warning),
      (["ssoProtection": ["deploymentType": "all_except_custom_domains"]], "vercel.bypass", .failure),
      (["resourceConfig": ["functionDefaultRegions": ["iad1"]]], "vercel.regions", .warning),
      (["deploymentExpiration": ["expirationDaysProduction": 30]], "vercel.retention", .warning),
      (["deploymentPolicy": ["deploymentSources": ["git"]]], "vercel.deployment-policy", .warning),
      (["paused": true], "vercel.paused", .failure), (["transferStartedAt": 1], "vercel.transfer", .failure),
    ] as [(JSON, String, DoctorFinding.Severity)])
  func `a setting that defeats the gate is named`(settings: JSON, code: String, severity: DoctorFinding.Severity) throws
  {
    let findings = examination(settings).findings("api", asked)
    let found = try #require(findings.first { $0.code == code && $0.severity != .fine }, "\(findings)")
    #expect(found.severity == severity)
    #expect(found.remedy?.isEmpty == false)
    #expect(findings.exit == (severity == .failure ? .refused : severity == .unknown ? .inconclusive : .done))
  }

  @Test func `the project's bypass is compared and not kept`() {
    let settings: JSON = [
      "ssoProtection": ["deploymentType": "all"], "protectionBypass": ["s3cret": ["scope": "automation-bypass"]],
    ]
    let asked = ProjectExamination.Asked(hasBypass: true, staysInBrazil: true)
    let right = examination(settings, bypass: Secret("s3cret"))
    #expect(right.findings("api", asked).allSatisfy { $0.severity == .fine })
    #expect(codes(examination(settings, bypass: Secret("other")).findings("api", asked), .failure) == ["vercel.bypass"])
    #expect(!"\(right)".contains("s3cret"))
  }

  @Test func `limits of the plan, domains, regions and clocks are told`() {
    var seen = examination([:])
    seen.plan = "hobby"
    seen.misconfigured = ["clinic.example"]
    seen.clockAhead = .seconds(90)
    let findings = seen.findings("api", asked)
    #expect(codes(findings, .warning) == ["vercel.rollback-depth", "vercel.uploads", "vercel.clock"])
    #expect(codes(findings, .failure) == ["vercel.domains"])
    seen = examination(["resourceConfig": ["functionDefaultRegions": ["iad1"]]])
    // Where the data may be is asked by nobody.
    #expect(seen.findings("api", .init(hasBypass: false, staysInBrazil: false)).allSatisfy { $0.severity == .fine })
  }

  @Test func `it is all read from the stand-in, also with a token of one project`() async throws {
    var seed = ProjectSeed("api", domains: ["clinic.test"], releases: ["1111111", "2222222"])
    seed.link = ["type": "github", "org": "acme", "repo": "clinic", "repoId": 7, "productionBranch": "main"]
    var configuration = StandinConfiguration(projects: [seed])
    configuration.misconfiguredDomains = ["clinic.test"]
    configuration.tokens = [StandinToken("wide"), StandinToken("narrow", reach: .project("api"))]
    let standin = try await VercelStandin.start(configuration)
    func client(_ token: String) -> VercelClient {
      VercelClient(
        transport: CurlTransport(environment: [:]), baseURL: standin.apiURL, token: Secret(token), team: "acme",
        timing: ManualTiming(), random: { 0 })
    }
    #expect(try await client("wide").tokenState().reach == .account)
    #expect(try await client("narrow").tokenState().reach == .project)
    for token in ["wide", "narrow"] {
      let seen = try await client(token).examine("api", bypass: nil)
      #expect(seen.misconfigured == ["clinic.test"])
      #expect(seen.candidates == 1)
      #expect(seen.plan == (token == "wide" ? "pro" : nil))
      #expect(codes(seen.findings("api", asked), .failure).sorted() == ["vercel.auto-assign", "vercel.domains"])
    }
    await standin.stop()
  }
}
