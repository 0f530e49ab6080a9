import Core
import PolicyFile
import Testing

@Suite struct SecretTests {
  /// Texts that hold a secret where a policy wants something else, each with the part that must never be repeated.
  static let leaks: [(String, String)] = [
    ("database: { url: \"postgres://u:hunter2pw@db/x\" }\n", "hunter2pw"),
    ("database: { url: { env: \"postgres://u:hunter2pw@db/x\" } }\n", "hunter2pw"),
    ("database: { url: { file: \"postgres://u:hunter2pw@db/x\" } }\n", "hunter2pw"),
    ("database: { url: { env: vcp_0123456789abcdefGHIJ } }\n", "0123456789abcdef"),
    ("database: { url: { env: sk-short } }\n", "sk-short"),
    ("database: { url: s3cr3tvalue }\n", "s3cr3tvalue"),
    ("database:\n  url: |\n    s3cr3tvalue\n    second\n", "s3cr3tvalue"),
    ("database: { url: [s3cr3tvalue] }\n", "s3cr3tvalue-not-shown-as-text"),
    ("database: { url: { env: A }, scratch: \"postgres://u:hunter2pw@db/x\" }\n", "hunter2pw"),
    (
      "projects: [{ id: a, path: a, vercel: { project: p, tokn: x, token: vcp_0123456789abcdefGHIJ } }]\n",
      "0123456789abcdef"
    ),
    (
      "projects: [{ id: a, path: a, vercel: { project: p, token: { vercel: vcp_0123456789abcdefGHIJ } } }]\n",
      "0123456789abcdef"
    ),
    (
      "projects: [{ id: a, path: a, bypass: aB3dE5fG7hI9jK1lM3nO5pQ7rS9t, vercel: { project: p, token: { env: T } } }]\n",
      "aB3dE5fG7h"
    ),
    ("checklist: [{ id: a, check: command, run: \"curl https://u:hunter2pw@x\" }]\n", "hunter2pw"),
    ("alerts: { channels: [{ id: a, slack: \"https://hooks.slack.example/T0/B0/s3cr3tvalue\" }] }\n", "s3cr3tvalue"),
    ("alerts: { channels: [{ id: a, webhok: \"https://u:hunter2pw@x\" }] }\n", "hunter2pw"),
    ("database:\n  url: |\n    -----BEGIN PRIVATE KEY-----\n    s3cr3tvalue\n", "s3cr3tvalue"),
    ("checklist: [{ id: a, check: command, run: \"x AKIAIOSFODNN7EXAMPLE\" }]\n", "AKIAIOSFODNN7"),
    ("store: { postgrs: s3cr3tvalue }\n", "s3cr3tvalue"),
    ("sk-abcdefghijklmnopqrstuvwx: 1\n", "abcdefghijkl"),
    ("store: \"postgres://u:hunter2pw@db/x\n", "hunter2pw"),
    ("api-token: s3cr3tvalue\n", "s3cr3tvalue"),
    ("evidence: { max-age: vcp_0123456789abcdefGHIJ }\n", "0123456789abcdef"),
    ("evidence: { bind-to: vcp_0123456789abcdefGHIJ }\n", "0123456789abcdef"),
    ("health: { probes: [{ id: a, url: \"https://u:hunter2pw@x/\" }] }\n", "hunter2pw"),
    (
      "health: { probes: [{ id: a, url: \"https://x\", expect: { json: { \"$.a\": ghp_0123456789abcdefGHIJ } } }] }\n",
      "0123456789abcdef"
    ),
  ]

  @Test(arguments: leaks) func `a secret in a policy is refused and never repeated`(text: String, secret: String) throws
  {
    guard case .failure(let problems) = PolicyFile.load(text: Samples.policy(text)) else {
      Issue.record("accepted")
      return
    }
    #expect(!problems.rendered().contains(secret), "\(problems.problems.map(\.code))")
    #expect(!problems.json.text().contains(secret))
    for problem in problems.problems { #expect(problem.sourceLine?.contains(secret) != true) }
  }

  @Test func `a literal where a reference is wanted is told as a secret with the way to name it`() throws {
    let problems = Samples.problems(Samples.policy("database: { url: s3cr3tvalue }\n"))
    #expect(problems.map(\.code) == ["policy.secret"])
    #expect(problems.first?.hint?.contains("{ env: NAME }") == true)
    #expect(problems.first?.sourceLine == nil)
  }

  @Test(arguments: [
    "checklist: [{ id: a, check: command, run: \"curl https://$USER:$PASSWORD@x && b\" }]\n",
    "checklist: [{ id: a, check: command, run: test -f a && ls *.xml }]\n",
    "checklist: [{ id: a, check: command, run: \"echo me@example.org http://x:80/\" }]\n",
    "database: { url: { env: SK_LIVE } }\n", "database: { url: { env: npm_config_url } }\n",
    "database: { url: { env: ASIA_DB_1 } }\n",
    "checklist: [{ id: a, check: command, run: npm_config_registry=http://localhost:4873 bun install }]\n",
  ])
  func `what only resembles a secret is accepted`(text: String) {
    #expect(Samples.problems(Samples.policy(text)) == [])
  }
}
