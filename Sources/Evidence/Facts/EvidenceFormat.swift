/// The formats that this version knows, by the word that stands in verdicts and in the policy.
package enum EvidenceFormat: String, Hashable, Sendable, CaseIterable {
  // Tests
  case junit, tap
  case goTestJSON = "go-test-json"
  case jestJSON = "jest-json"
  case mochaJSON = "mocha-json"
  // Coverage
  case lcov, cobertura, jacoco, clover, istanbul
  case istanbulSummary = "istanbul-summary"
  case llvmCov = "llvm-cov"
  case goCoverprofile = "go-coverprofile"
  case coveragePy = "coverage-py"
  case simplecov
  // Findings
  case sarif, trivy, grype
  case npmAudit = "npm-audit"
  case yarnAudit = "yarn-audit"
  case bunAudit = "bun-audit"
  case osvScanner = "osv-scanner"
  case pipAudit = "pip-audit"
  case snyk, gitleaks, zap, semgrep, dependabot, eslint, checkstyle, tsc
  case gitlabCodequality = "gitlab-codequality"
  // Bills of materials
  case cyclonedx, spdx
  // Benchmarks
  case k6, lighthouse, hyperfine, autocannon
  case lighthouseCI = "lighthouse-ci"
  case pytestBenchmark = "pytest-benchmark"

  /// As people call it, with its article.
  package var words: String {
    switch self {
    case .junit: "a JUnit report"
    case .tap: "a TAP stream"
    case .goTestJSON: "the output of go test -json"
    case .jestJSON: "a Jest or Vitest report"
    case .mochaJSON: "a Mocha report"
    case .lcov: "an LCOV tracefile"
    case .cobertura: "Cobertura coverage"
    case .jacoco: "a JaCoCo report"
    case .clover: "Clover coverage"
    case .istanbul: "Istanbul coverage"
    case .istanbulSummary: "an Istanbul coverage summary"
    case .llvmCov: "an llvm-cov export"
    case .goCoverprofile: "a Go cover profile"
    case .coveragePy: "a coverage.py report"
    case .simplecov: "SimpleCov coverage"
    case .sarif: "a SARIF log"
    case .trivy: "a Trivy report"
    case .grype: "a Grype report"
    case .npmAudit: "an npm or pnpm audit report"
    case .yarnAudit: "a Yarn audit report"
    case .bunAudit: "a Bun audit report"
    case .osvScanner: "an OSV-Scanner report"
    case .pipAudit: "a pip-audit report"
    case .snyk: "a Snyk report"
    case .gitleaks: "a Gitleaks report"
    case .zap: "a ZAP report"
    case .semgrep: "a Semgrep report"
    case .dependabot: "a list of Dependabot alerts"
    case .eslint: "an ESLint report"
    case .checkstyle: "a Checkstyle report"
    case .tsc: "the output of tsc"
    case .gitlabCodequality: "a GitLab code quality report"
    case .cyclonedx: "a CycloneDX document"
    case .spdx: "an SPDX document"
    case .k6: "a k6 summary"
    case .lighthouse: "a Lighthouse report"
    case .lighthouseCI: "a result of Lighthouse CI"
    case .hyperfine: "a hyperfine export"
    case .autocannon: "an autocannon result"
    case .pytestBenchmark: "a pytest-benchmark report"
    }
  }
}
