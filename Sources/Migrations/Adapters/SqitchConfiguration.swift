import Core

/// What `sqitch.conf` says of where things are: Git's format, with sections `[core]` and `[engine "pg"]`.
/// Source: `sqitch-configuration(3)`; sqitch, `lib/App/Sqitch/Target.pm`.
struct SqitchConfiguration: Sendable {
  let plan: String
  let deploy: String
  let revert: String
  let reworkedDeploy: String
  let reworkedRevert: String
  let fileExtension: String
  /// The schema of Sqitch's own tables.
  let registry: String

  /// - Parameter folder: where commands start. A `sqitch.conf` in `directory` counts before one there.
  init(directory: String, folder: String) throws(Problem) {
    var values: [String: String] = [:]
    var base = directory
    for place in [directory, folder] where MigrationFile.exists(place + "/sqitch.conf") {
      values = try SqitchConfiguration.read(try MigrationFile(path: place + "/sqitch.conf"))
      base = place
      break
    }
    func value(_ name: String) -> String? { values["engine.pg.\(name)"] ?? values["core.\(name)"] }
    func path(_ text: String) -> String { text.hasPrefix("/") ? text : text == "." ? base : base + "/" + text }
    let top = value("top_dir").map(path) ?? (values.isEmpty ? directory : base)
    let reworked = value("reworked_dir").map(path) ?? top
    plan = value("plan_file").map(path) ?? top + "/sqitch.plan"
    deploy = value("deploy_dir").map(path) ?? top + "/deploy"
    revert = value("revert_dir").map(path) ?? top + "/revert"
    reworkedDeploy = value("reworked_deploy_dir").map(path) ?? (reworked == top ? deploy : reworked + "/deploy")
    reworkedRevert = value("reworked_revert_dir").map(path) ?? (reworked == top ? revert : reworked + "/revert")
    fileExtension = value("extension") ?? "sql"
    registry = value("registry") ?? "sqitch"
  }

  /// Values by `section.subsection.key`, in lower case but for the subsection.
  private static func read(_ file: MigrationFile) throws(Problem) -> [String: String] {
    var values: [String: String] = [:]
    var section = ""
    for raw in try file.text().split(whereSeparator: \.isNewline) {
      let line = raw.drop { $0.isWhitespace }
      if line.first == "#" || line.first == ";" || line.isEmpty { continue }
      if line.first == "[" {
        let inside = line.dropFirst().prefix { $0 != "]" }
        let parts = inside.split(separator: "\"", omittingEmptySubsequences: false)
        section = parts[0].filter { !$0.isWhitespace }.lowercased()
        if parts.count > 1 { section += ".\(parts[1])" }
        continue
      }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = parts[0].filter { !$0.isWhitespace }.lowercased()
      guard parts.count == 2, !key.isEmpty else { continue }
      var text = parts[1].drop { $0.isWhitespace }
      if text.first == "\"" {
        text = text.dropFirst().prefix { $0 != "\"" }
      } else {
        text = text.prefix { $0 != "#" && $0 != ";" }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
      }
      values[section + "." + key] = String(text)
    }
    return values
  }
}
