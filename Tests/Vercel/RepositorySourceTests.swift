import Core
import HTTP
import JSONText
import Standins
import TestSupport
import Testing

@testable import Vercel

@Suite struct `From the connected repository` {
  static let links: [(String, String)] = [
    (
      #"{"type":"github","repoId":7,"org":"acme","repo":"clinic","productionBranch":"main"}"#,
      #"{"type":"github","repoId":7,"ref":"main","sha":"SHA"}"#
    ),
    (
      #"{"type":"github-limited","org":"acme","repo":"clinic"}"#,
      #"{"type":"github-limited","org":"acme","repo":"clinic","ref":"SHA","sha":"SHA"}"#
    ),
    (
      #"{"type":"github-custom-host","host":"git.acme.example","repoId":"7","org":"acme","productionBranch":"trunk"}"#,
      #"{"type":"github-custom-host","host":"git.acme.example","repoId":"7","ref":"trunk","sha":"SHA"}"#
    ),
    (
      #"{"type":"gitlab","projectId":"9","productionBranch":"main"}"#,
      #"{"type":"gitlab","projectId":"9","ref":"main","sha":"SHA"}"#
    ),
    (
      #"{"type":"bitbucket","uuid":"{u}","workspaceUuid":"{w}","owner":"acme","slug":"clinic","productionBranch":"main"}"#,
      #"{"type":"bitbucket","repoUuid":"{u}","workspaceUuid":"{w}","ref":"main","sha":"SHA"}"#
    ),
  ]

  @Test(arguments: links.indices) func `each host is asked in its own words`(_ index: Int) throws {
    let (link, source) = `From the connected repository`.links[index]
    let asked = try #require(GitLink(json: try JSON(parsing: link))).source(stagedCommit, ref: nil)
    #expect(asked == (try JSON(parsing: source.replacing("SHA", with: stagedCommit.text))))
  }

  @Test(arguments: [#"{"type":"svn"}"#, #"{"type":"github"}"#, "{}", #"{"type":"gitlab","projectId":null}"#])
  func `a link that names no repository is none`(_ link: String) throws {
    #expect(GitLink(json: try JSON(parsing: link)) == nil)
  }

  private func stage(
    fetches: String? = nil, linked: Bool = true, fault: Fault? = nil
  ) async throws -> (Result<StagedDeployment, VercelProblem>, VercelStandin) {
    var seed = ProjectSeed("api", releases: [String(repeating: "1", count: 40)])
    seed.link = ["type": "github", "repoId": 7, "org": "acme", "repo": "clinic", "productionBranch": "main"]
    seed.fetches = fetches
    let standin = try await VercelStandin.start(StandinConfiguration(projects: [seed]))
    if let fault { standin.fail(fault) }
    let client = VercelClient(
      transport: CurlTransport(environment: [:]), baseURL: standin.apiURL, token: Secret(standin.token), team: "acme",
      timing: ManualTiming(), random: { 0 })
    var link = try #require(try await client.project("api").link)
    if !linked { link = try #require(GitLink(json: ["type": "github", "repoId": 8])) }
    var order = StageOrder(
      mark: DeploymentMark(run: "01RUN", project: "api", commit: stagedCommit, plan: "6f02"), project: "prj_api",
      name: "api", source: .repository(link))
    order.git.ref = "main"
    do throws(VercelProblem) {
      return (.success(try await client.stage(order)), standin)
    } catch {
      return (.failure(error), standin)
    }
  }

  @Test func `the commit is fetched, and nothing is uploaded`() async throws {
    let (result, standin) = try await stage()
    let staged = try result.get()
    #expect(staged.state == .ready)
    #expect(standin.deployment(staged.id.text)?.source == "git")
    #expect(!standin.seen.contains { $0.path == "/v2/files" })
    await standin.stop()
  }

  @Test func `another commit than ours does not count`() async throws {
    let (result, standin) = try await stage(fetches: String(repeating: "9", count: 40))
    guard case .failure(let problem) = result else {
      Issue.record("it was taken for ours")
      return
    }
    #expect(problem.kind == .mismatch)
    #expect(problem.why.contains("gitSource.sha is 9999999"))
    #expect(problem.why.hasPrefix("aaaaaaa was asked for, and "))
    await standin.stop()
  }

  @Test func `a repository that the project is not connected to is refused, and the remedy is to push`() async throws {
    let (result, standin) = try await stage(linked: false)
    guard case .failure(let problem) = result else {
      Issue.record("it was taken")
      return
    }
    #expect(problem.kind == .refused)
    #expect(problem.remedy?.contains("push the commit") == true)
    await standin.stop()
  }

  @Test func `a deployment that does not say what it was made from does not count`() async throws {
    let stage = try Stage()
    let link = try #require(GitLink(json: ["type": "github", "repoId": 7]))
    let found = await stage.problem { $0.source = .repository(link) }
    #expect(found?.kind == .mismatch)
    #expect(found?.why == "Vercel does not say which commit it fetched")
    #expect(stage.transport.sent.first { $0.line == createLine }?.json?["files"] == nil)
  }
}
