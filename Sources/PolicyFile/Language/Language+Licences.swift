extension Language {
  /// Adding `allow` below a policy that only denies must accept nothing more: what SPDX does not list is accepted by a key
  /// of its own, which no layer below can lengthen.
  static let licences = check(
    "licences",
    "Licences of the components in bills of materials (CycloneDX, SPDX). One of `allow` and `deny` is needed.",
    [
      reports("CycloneDX or SPDX documents."),
      Field(
        "allow", .list(.text(.licence), atLeast: 1),
        "SPDX identifiers that are accepted, `*` for anything; all that are not denied when left out. One with an exception is named as a whole."
      ).tightened(.shrinks),
      Field(
        "deny", .list(.text(.licence), atLeast: 1),
        "Licences that are not accepted, whatever exception they come with. It beats the others."
      ).tightened(.grows),
      Field(
        "also-allow", .list(.text(.line), atLeast: 1),
        "Licences that are on no list and are accepted: names and `LicenseRef-…`, as the documents write them."
      ).tightened(.exempts),
      Field(
        "unknown", .choice(["allow", "inconclusive", "fail"]),
        "What becomes of components whose licence nobody can tell."
      ).standard("inconclusive").tightened(.order(["allow", "inconclusive", "fail"])),
    ])
}

extension TextKind {
  static let licence = TextKind(
    name: "licence", wanted: "a licence by its SPDX identifier, such as Apache-2.0 or BSD-*", pattern: "^\\S(.*\\S)?$",
    example: "Apache-2.0")
}
