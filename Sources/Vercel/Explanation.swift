/// What a refusal means and what a person can do about it.
///
/// Codes: the vendor's CLI (`create-deploy.ts`, `util/index.ts`, `process-deployment.ts`, `challenge-recovery.ts`) and
/// its limits page. The vendor's own sentence is never repeated, because it may quote what we sent.
struct Explanation: Hashable, Sendable {
  let kind: VercelProblem.Kind
  let why: String
  let remedy: String?

  /// Looks the vendor's code up first, then the status.
  static func of(status: Int, code: String?) -> Explanation {
    let byStatus = statuses[status] ?? (status >= 500 ? serverError : unknown(status))
    if let code, code.hasPrefix("challenge_required") || code == "user_auth_required" {
      let (why, remedy) = codes[code] ?? ("Vercel asks for a second factor, which a pipeline cannot give", step)
      return Explanation(kind: .challenged, why: "HTTP \(status): " + why, remedy: remedy)
    }
    guard let code, let (why, remedy) = codes[code] else {
      return Explanation(kind: byStatus.kind, why: "HTTP \(status): " + byStatus.why, remedy: byStatus.remedy)
    }
    return Explanation(kind: byStatus.kind, why: "HTTP \(status): " + why, remedy: remedy)
  }

  private static func unknown(_ status: Int) -> Explanation {
    Explanation(
      kind: .refused, why: "Vercel refused the request",
      remedy: "look the code up in Vercel's documentation, or quote the x-vercel-id to its support")
  }

  private static let serverError = Explanation(
    kind: .serverError, why: "Vercel had an error of its own",
    remedy: "look at vercel-status.com and try again later; quote the x-vercel-id to Vercel's support")

  private static let statuses: [Int: Explanation] = [
    400: Explanation(
      kind: .refused, why: "Vercel could not use the request",
      remedy: "this may be a mistake of Gatehouse: report it with the code and the x-vercel-id"),
    401: Explanation(
      kind: .unauthorized, why: "Vercel does not accept the token",
      remedy: "make a new token in the team's settings at Vercel, and put it where the policy's `token` points"),
    402: Explanation(
      kind: .paymentRequired, why: "the plan of the team does not allow this, or the account is blocked for payment",
      remedy: "look at the team's plan and billing at Vercel"),
    403: Explanation(
      kind: .forbidden, why: "the token is not allowed to do this",
      remedy: "check that the token belongs to the team named in the policy and covers the project"),
    404: Explanation(
      kind: .notFound, why: "Vercel does not know it, or the token cannot see it",
      remedy: "check `project` and `team` in the policy; a token of another team sees nothing of this one"),
    409: Explanation(
      kind: .conflict, why: "something else is under way, or it is already so",
      remedy: "wait until the other promotion, rollback or transfer has ended, then run `gatehouse resume`"),
    410: Explanation(
      kind: .retired, why: "Vercel has retired this version of its API, or the thing is gone",
      remedy: "update Gatehouse"),
    413: Explanation(
      kind: .refused, why: "it is larger than Vercel takes in one request",
      remedy: "leave large files out with .vercelignore"),
    422: Explanation(
      kind: .unprocessable, why: "Vercel calls the deployment not eligible for this",
      remedy: "check that the deployment was made for production, is READY and has not been deleted"),
    426: Explanation(
      kind: .refused, why: "Vercel asks for a newer client", remedy: "update Gatehouse"),
    428: Explanation(
      kind: .paymentRequired, why: "the team lacks the add-on that this needs",
      remedy: "look at the team's plan and billing at Vercel"),
    429: Explanation(
      kind: .rateLimited, why: "too many requests for the team's plan",
      remedy: "wait for the limit to be reset, then run it again"),
    501: Explanation(
      kind: .refused, why: "this call is not offered there",
      remedy: "check VERCEL_API_URL, or update Gatehouse"),
  ]

  private static let step =
    "use a token instead of a login that asks for a second factor, or make the variable not sensitive"
  private static let domain = "check the project's domains in its settings at Vercel"

  private static let codes: [String: (String, String)] = [
    "missing_files": ("files of the deployment have not arrived", "run it again"),
    "rate_limited": ("too many requests in a short time", "wait for the limit to be reset, then run it again"),
    "builds_rate_limited": (
      "too many builds for the team's plan", "wait for the limit to be reset, or raise the plan's limit of builds"
    ),
    "api-upload-free": (
      "the plan's 5000 uploads of files a day are used up",
      "wait up to a day, deploy a prebuilt output, or leave files out with .vercelignore"
    ),
    "api-upload-paid": (
      "the plan's 40000 uploads of files a day are used up",
      "wait up to a day, deploy a prebuilt output, or leave files out with .vercelignore"
    ),
    "too_many_files": ("the deployment has more files than Vercel takes", "leave files out with .vercelignore"),
    "size_limit_exceeded": (
      "the deployment is larger than the plan allows", "leave files out with .vercelignore, or raise the plan"
    ),
    "file_too_large": ("a file is larger than Vercel takes", "leave it out with .vercelignore"),
    "missing_project_settings": (
      "the project has no build settings yet", "deploy it once by hand, or set its framework at Vercel"
    ),
    "cert_missing": ("a domain has no certificate yet", domain),
    "cert_expired": ("a domain's certificate has expired", domain),
    "domain_missing": ("a domain is missing", domain),
    "domain_not_found": ("a domain does not exist in this team", domain),
    "domain_not_verified": ("a domain is not verified", domain),
    "not_domain_owner": ("a domain belongs to another team", domain),
    "domain_configured": ("a domain is configured elsewhere", domain),
    "env_value_invalid_type": ("an environment variable has a value of a wrong type", "correct it at Vercel"),
    "missing_build_script": ("package.json has no build script", "add one, or set the build command at Vercel"),
    "conflicting_file_path": ("two files of the deployment have paths that exclude each other", "rename one"),
    "conflicting_path_segment": ("two files of the deployment have paths that exclude each other", "rename one"),
    "deployment_not_ready": ("the deployment is not READY", "wait until it is built"),
    "deployment_not_found": (
      "Vercel does not know the deployment", "it may have been deleted, by hand or by retention"
    ),
    "invalid_alias": ("Vercel does not take this as a domain", domain),
    "alias_in_use": ("the domain belongs to another project or team", domain),
    "gone": ("the deployment failed or was deleted", "choose another deployment"),
    "challenge_required": ("Vercel asks for a second factor, which a pipeline cannot give", step),
    "challenge_required_email_otp": ("Vercel asks for a second factor, which a pipeline cannot give", step),
    "user_auth_required": ("Vercel asks for a login, which a pipeline cannot give", step),
    "team_unauthorized": (
      "the token has no access to the team", "use a token of this team, or correct `team` in the policy"
    ),
  ]
}
