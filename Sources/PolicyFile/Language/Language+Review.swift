extension Language {
  static let review = check(
    "review", "Reviews of exactly what goes out, by people who did not make it.",
    [
      Field("provider", .choice(["github", "gitlab"]), "Where the reviews are.").required().tightened(.fixed),
      Field("approvals", .whole(1...10), "How many people must have approved.").required().tightened(.up),
      Field(
        "not-by", .list(.choice(["authors", "committers"]), atLeast: 1),
        "Whose reviews do not count. Authors, co-authors, who opened the change and who pushed last never do; `committers` leaves out who committed, too."
      ).standard("[authors]").tightened(.grows),
      Field("base", .text(.line), "The branch that the change must go to.").standard("the repository's default branch")
        .tightened(.fixed),
      Field("repository", .text(.repository), "The repository at the provider.").standard(
        "what the CI, else the remote origin says"
      ).tightened(.fixed, onceSaid: true),
      Field("change", .whole(1...999_999_999), "The number of the pull or merge request.").standard(
        "what the CI, else the provider says of the commit"
      ).tightened(.fixed),
      Field("token", .secret, "A token that may read the repository and its reviews.").standard(
        "{ env: GITHUB_TOKEN } or { env: GITLAB_TOKEN }"
      ).tightened(.free),
      Field("api", .text(.address), "The base address of the API.").standard(
        "what the CI says, else the provider's own"
      )
      .tightened(.fixed),
      Field(
        "reports", .list(.text(.glob), atLeast: 1),
        "A saved answer of the provider, read instead of asking: see docs/guides/reviews.md."
      ).tightened(.exempts),
      Field(
        "machines", .list(.text(.mail), atLeast: 1),
        "E-mail addresses of programs that write commits and belong to no person."
      ).tightened(.exempts),
    ])
}

extension TextKind {
  static let repository = TextKind(
    name: "repository", wanted: "a repository with its owner or groups such as clinic/agenda",
    pattern: "^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$", example: "clinic/agenda")
}
