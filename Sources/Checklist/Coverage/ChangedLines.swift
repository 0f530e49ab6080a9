import Core
import Evidence
import Surroundings

/// Are the lines that are new run by the tests?
///
/// Counted are new lines that a report measured: comments and blank lines are none. A new source file that no report
/// measures is not forgotten: it passes only when even all of its new lines not run would leave the limit met, and it is
/// never a pass when no changed source file is measured at all.
struct ChangedLines {
  enum Standing { case holds, missed, open }

  var standing: Standing
  var words: String
  var details: [String] = []
  var remedy = ""
  var comparisons: [Comparison] = []
  var examined: [JSON.Member] = []

  private static let shownFiles = 8
  private static let shownRanges = 8

  static func judge(
    _ limit: Limit, _ changes: Result<ChangedLineFacts, Problem>?, _ joined: JoinedCoverage,
    files: Result<SourceFiles, Problem>?, excluding globs: [Glob]
  ) -> ChangedLines {
    let known: ChangedLineFacts
    switch changes {
    case .success(let facts): known = facts
    case .failure(let problem): return open(problem)
    case nil:
      return ChangedLines(
        standing: .open, words: "nobody looked what changed", remedy: "run gatehouse check in the repository")
    }
    if case .failure(let problem) = files { return open(problem) }
    return Tally(known, joined, globs).judged(limit)
  }

  private static func open(_ problem: Problem) -> ChangedLines {
    ChangedLines(
      standing: .open, words: problem.description,
      remedy: problem.remedy ?? "put right what is said above, then run gatehouse check again")
  }

  /// The changed files, sorted by what is known of them.
  private struct Tally {
    let changes: ChangedLineFacts
    let joined: JoinedCoverage
    var share = Share()
    var newLines = 0
    var measured = 0
    /// Lines that did not run, by file.
    var missed: [(path: String, lines: [Int])] = []
    var unmeasured: [String] = []
    var unmeasuredLines = 0
    /// Source that Git takes for binary (`-diff` in `.gitattributes`, a NUL byte): which lines are new is not known.
    var unreadable: [String] = []
    var testsAndSettings = 0
    var excluded = 0
    var others = 0

    init(_ changes: ChangedLineFacts, _ joined: JoinedCoverage, _ globs: [Glob]) {
      self.changes = changes
      self.joined = joined
      let known = SourceKind.Measured(joined.facts.files.keys)
      for file in changes.files.sorted(by: { $0.path < $1.path }) {
        let new = file.added.reduce(0) { $0 + $1.count }
        if globs.contains(where: { $0.matches(file.path) }) {
          excluded += 1
        } else if file.isBinary, joined.facts.files[file.path] != nil || known.wouldHold(file.path),
          joined.facts.files[file.path] != nil || !SourceKind.isTestOrSetting(file.path)
        {
          unreadable.append(file.path)
        } else if let coverage = joined.facts.files[file.path], coverage.hasLines {
          measured += 1
          newLines += new
          add(file, coverage)
        } else if joined.facts.files[file.path] == nil, SourceKind.isTestOrSetting(file.path) {
          testsAndSettings += 1
        } else if joined.facts.files[file.path] != nil || known.wouldHold(file.path) {
          guard new > 0 else { continue }
          unmeasured.append(file.path)
          unmeasuredLines += new
          newLines += new
        } else {
          others += 1
        }
      }
    }

    private mutating func add(_ file: ChangedLineFacts.File, _ coverage: FileCoverage) {
      var lines: [Int] = []
      for range in file.added {
        for (line, ran) in coverage.lines.measured(in: range) {
          share.whole += 1
          if ran { share.part += 1 } else { lines.append(line) }
        }
      }
      if !lines.isEmpty { missed.append((file.path, lines)) }
    }

    // MARK: the verdict

    func judged(_ limit: Limit) -> ChangedLines {
      var verdict = sentence(limit)
      verdict.examined = [
        .init("changed-since", .string(changes.since.text)), .init("changed-files", number(changes.files.count)),
        .init("changed-lines", number(newLines)), .init("changed-lines-measured", number(share.whole)),
        .init("changed-lines-covered", number(share.part)),
        .init("changed-files-not-measured", number(unmeasured.count)),
      ]
      return verdict
    }

    private func number(_ count: Int) -> JSON { .integer(Int64(count)) }

    private func sentence(_ limit: Limit) -> ChangedLines {
      let since = "since \(changes.base) (\(changes.since.short))"
      if changes.files.isEmpty {
        return ChangedLines(
          standing: .holds,
          words: changes.since == changes.head
            ? "no changed lines: \(changes.since.short) is what runs in production"
            : "no changed lines \(since)\(changes.gone > 0 ? ", only files that are gone" : "")")
      }
      let atWorst = Share(share.part, of: share.whole + unmeasuredLines)
      let asked = "asked \(Figures.limit(limit))"
      let figure = "\(Figures.percent(share)) of \(Words.count(share.whole, "changed line")) \(since), \(asked)"
      let noun = Noun("changed line covered", "changed lines covered")
      if share.whole > 0, !limit.holds(part: share.part, of: share.whole) {
        return ChangedLines(
          standing: .missed, words: figure, details: notRun + notMeasured, remedy: remedy(limit),
          comparisons: [.share("changed-lines", share.part, of: share.whole, limit, noun: noun)])
      }
      guard unreadable.isEmpty else { return notReadable(since) }
      if unmeasured.isEmpty {
        if share.whole > 0 {
          return ChangedLines(
            standing: .holds, words: figure, details: notRun + notAsked,
            comparisons: [.share("changed-lines", share.part, of: share.whole, limit, noun: noun)])
        }
        let words =
          measured > 0
          ? "none of the \(Words.count(newLines, "changed line")) in \(Words.count(measured, "measured file")) is one that runs"
          : "no source file changed \(since)"
        return ChangedLines(standing: .holds, words: words, details: notAsked)
      }
      if measured > 0, share.whole > 0, limit.holds(part: atWorst.part, of: atWorst.whole) {
        return ChangedLines(
          standing: .holds, words: "\(figure), also if none of those that are not measured ran",
          details: notMeasured + notRun + notAsked,
          comparisons: [.share("changed-lines", atWorst.part, of: atWorst.whole, limit, noun: noun)])
      }
      return notDecided(limit, since, noun)
    }

    private func notReadable(_ since: String) -> ChangedLines {
      let one = unreadable.count == 1
      return ChangedLines(
        standing: .open,
        words: "\(Words.count(unreadable.count, "source file")) changed \(since) \(one ? "is" : "are") binary to Git, "
          + "so nobody can tell which lines are new",
        details: [
          "binary: " + Words.some(unreadable.map { DisplayText.bounded($0, to: 120) }, at: ChangedLines.shownFiles)
        ]
          + notRun + notMeasured + notAsked,
        remedy:
          "take `-diff` or `binary` for \(one ? "it" : "them") out of .gitattributes, or name in `exclude` what is "
          + "not written by people",
        comparisons: [
          .none(
            "changed-files-binary", unreadable.count,
            of: Noun("changed source file that is binary to Git", "changed source files that are binary to Git"),
            otherwise: .inconclusive)
        ])
    }

    private func notDecided(_ limit: Limit, _ since: String, _ noun: Noun) -> ChangedLines {
      let all = measured + unmeasured.count
      var comparisons: [Comparison] = [
        .none(
          "changed-files-not-measured", unmeasured.count,
          of: Noun("changed source file that no report measures", "changed source files that no report measures"),
          otherwise: .inconclusive)
      ]
      if share.whole > 0 {
        comparisons.append(.share("changed-lines", share.part, of: share.whole, limit, noun: noun))
      }
      return ChangedLines(
        standing: .open,
        words: measured == 0
          ? "no report measures any of the \(Words.count(all, "source file")) changed \(since): reports and changes do not meet"
          : "\(unmeasured.count) of \(Words.count(all, "source file")) changed \(since) \(unmeasured.count == 1 ? "is" : "are") "
            + "measured by no report",
        details: notMeasured + joined.mismatches + notRun + notAsked,
        remedy:
          "let the runner measure \(unmeasured.count == 1 ? "it" : "them") too, give the report that does, or name in "
          + "`exclude` what nobody can measure",
        comparisons: comparisons)
    }

    // MARK: words

    private func remedy(_ limit: Limit) -> String {
      guard let more = CoverageMeasuring.least(share, limit) else { return "correct the limit in the policy" }
      return "cover \(Words.count(more, "more changed line", "more changed lines"))"
    }

    /// `not run: src/a.ts:3-5, 9`.
    private var notRun: [String] {
      var shown = missed.prefix(ChangedLines.shownFiles).map { file in
        "not run: \(DisplayText.bounded(file.path, to: 120)):\(Tally.ranges(file.lines))"
      }
      if missed.count > shown.count {
        shown.append("and lines of \(Words.count(missed.count - shown.count, "more file", "more files"))")
      }
      return shown
    }

    private var notMeasured: [String] {
      guard !unmeasured.isEmpty else { return [] }
      return [
        "not measured: " + Words.some(unmeasured.map { DisplayText.bounded($0, to: 120) }, at: ChangedLines.shownFiles)
      ]
    }

    private var notAsked: [String] {
      let kinds = [
        (testsAndSettings, "test or setting", "tests and settings"), (others, "other file", "other files"),
        (excluded, "excluded file", "excluded files"),
      ]
      let words = kinds.filter { $0.0 > 0 }.map { Words.count($0.0, $0.1, $0.2) }
      return words.isEmpty ? [] : ["changed too, and not asked to be measured: " + words.joined(separator: ", ")]
    }

    private static func ranges(_ lines: [Int]) -> String {
      var ranges: [ClosedRange<Int>] = []
      for line in lines {
        if let last = ranges.last, line == last.upperBound + 1 {
          ranges[ranges.count - 1] = last.lowerBound...line
        } else {
          ranges.append(line...line)
        }
      }
      return Words.some(
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" },
        at: ChangedLines.shownRanges)
    }
  }
}

extension FileCoverage {
  /// Whether its lines are known one by one, or it holds none.
  fileprivate var hasLines: Bool { !lines.isEmpty || lineShare.whole == 0 }
}
