internal import Core

extension Contradictions {
  /// The tools whose way back is a command; for the others a file may do.
  private static let takenBackByCommand: Set<String> = [
    "command", "sqitch", "golang-migrate", "goose", "dbmate", "alembic", "rails",
  ]

  /// Migrations: what is refused, what is let off, and how they are taken back.
  static func migrations(_ claims: Claims, _ found: inout Contradictions) {
    guard let rules = claims["database", "migrations"] else { return }
    let back = claims["database", "on-rollback"]
    let refused = Claims.texts(rules["refuse"])
    if let node = rules["refuse"], Set(refused).isSuperset(of: Language.classes.map(\.word)) {
      found.certain(
        "migration.all-refused", node, and: rules["tool"],
        "every class of migrations is refused, so none can ever run", "leave out the classes that may run")
    }
    if let node = claims["windows", "migrate", "unless"], let word = node.text, refused.contains(word) {
      found.doubtful(
        "migration.refused-and-let-off", node, and: rules["refuse"],
        "migrations that are \(word) need no window, and they are refused anyway", "leave one of the two out")
    }
    if let down = rules["down"], let back, back.text != "down-if-safe" {
      found.doubtful(
        "migration.down-unused", down, and: back,
        "there is a command that takes migrations back, and 'on-rollback: \(back.text ?? "")' never runs it",
        "write on-rollback: down-if-safe, or leave the command out")
    }
    if let back, back.text == "down-if-safe", let tool = rules["tool"], rules["down"] == nil,
      let name = tool.text, takenBackByCommand.contains(name)
    {
      found.doubtful(
        "migration.no-down", back, and: tool,
        "migrations shall be taken back when that is safe, and there is no command that does it",
        "add down, or write on-rollback: keep")
    }
    if let longest = rules["longest-lock"], let lock = Claims.duration(longest),
      let budget = Claims.duration(claims["release", "budget", "migrate"]) ?? Optional(.seconds(600)), lock > budget
    {
      found.doubtful(
        "migration.lock-beyond-budget", longest, and: claims["release", "budget", "migrate"],
        "a lock of \(longest.text ?? "") is allowed, and all migrations together have less time",
        "lower the lock, or raise release.budget.migrate")
    }
  }
}
