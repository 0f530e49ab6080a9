import Core
import Standins
import Testing

/// What is deployed: a folder, an output, or what Vercel fetches.
@Suite(.inTurn) struct `What is deployed` {
  @Test func `an output that the build did not write is not taken for its work`() async throws {
    let clinic = try await Clinic {
      $0.files["apps/api/.vercel/output/config.json"] = "{\"version\":3}\n"
      $0.api = "    build: echo built\n"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 4, "\(ended)")
    #expect(ended.words.contains("the prebuilt output of api is from before this build"), "\(ended)")
    #expect(clinic.deployments(of: "clinic-api") == 0)
  }

  @Test func `the commit is fetched from the connected repository, while another project is uploaded`() async throws {
    let clinic = try await Clinic {
      $0.api = "    source: git\n"
      $0.seed = {
        $0.link = ["type": "github", "repoId": 7, "org": "acme", "repo": "clinic", "productionBranch": "main"]
      }
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0 && clinic.serving == ["new", "new"], "\(ended)")
    let made = clinic.standin.withWorld { world in world.deployments.suffix(2).map { ($0.source, $0.files.isEmpty) } }
    #expect(made.map(\.0) == ["git", "cli"] && made.map(\.1) == [true, false], "\(made)")
  }
}
