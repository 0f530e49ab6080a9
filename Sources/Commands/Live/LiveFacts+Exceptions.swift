import Checklist
import Core
import Evidence
import OpenSSL
import Surroundings

/// What lets findings off counts as it is committed: whoever can write into the pipeline's folder, a step of the pipeline
/// among them, cannot let anything off that no commit has.
extension LiveFacts {
  /// Bytes of a report of an earlier scan.
  private static let largestBaseline = 256 << 20
  private static let mostFiles = 1000
  private static let mostNotes = 10

  func exceptions(_ patterns: [String]) async -> ExceptionFiles {
    var named = ExceptionFiles()
    for entry in await committed(patterns, atMost: VEXReader.largest + 1) {
      switch entry {
      case .note(let note): named.notes.append("exceptions: " + note)
      case .fault(let fault): named.files.append(ExceptionFile(path: fault.path, outcome: .failure(fault)))
      case .file(let path, let bytes):
        var outcome: Result<VEXDocument, EvidenceFault>
        do throws(EvidenceFault) { outcome = .success(try VEXReader.read(bytes, shown: path)) } catch {
          outcome = .failure(error)
        }
        named.files.append(
          ExceptionFile(path: path, outcome: outcome, sha256: Digest.hex(Digest.sha256(bytes))))
      }
    }
    return named
  }

  func committedReports(_ patterns: [String]) async -> [LocatedEvidence] {
    var located: [LocatedEvidence] = []
    for entry in await committed(patterns, atMost: Self.largestBaseline + 1) {
      func add(_ path: String, _ outcome: Result<ReadEvidence, EvidenceFault>, _ reference: EvidenceReference? = nil) {
        located.append(
          LocatedEvidence(
            pattern: path, path: path, root: installation.folder, outcome: outcome, reference: reference))
      }
      switch entry {
      case .note(let note):
        add(
          note,
          .failure(EvidenceFault(.missing, path: "baseline", why: note, remedy: "commit the report of an earlier scan"))
        )
      case .fault(let fault): add(fault.path, .failure(fault))
      case .file(let path, let bytes):
        guard bytes.count <= Self.largestBaseline else {
          add(
            path,
            .failure(
              EvidenceFault(.unreadable, path: path, why: "is larger than 256 MB", remedy: "commit a smaller baseline"))
          )
          continue
        }
        do throws(EvidenceFault) {
          let read = try EvidenceReader.read(bytes, shown: path)
          add(
            path, .success(read),
            EvidenceReference(
              path: path, sha256: read.sha256, format: read.format.rawValue, commit: read.statedCommits.first, age: nil)
          )
        } catch { add(path, .failure(error)) }
      }
    }
    return located
  }

  // MARK: -

  private enum Committed {
    case file(path: String, bytes: [UInt8])
    case fault(EvidenceFault)
    case note(String)
  }

  private func committed(_ patterns: [String], atMost limit: Int) async -> [Committed] {
    func fault(_ kind: EvidenceFault.Kind, _ path: String, _ why: String, _ remedy: String) -> Committed {
      .fault(EvidenceFault(kind, path: path, why: why, remedy: remedy))
    }
    let checkout = "run the gate in a Git checkout with a commit"
    // The commit that is decided about, whatever is checked out meanwhile.
    guard let decided = locator.commit else {
      return patterns.map { fault(.unbound, $0, "cannot be looked for: the commit is not known", checkout) }
    }
    let committed: [String]
    do throws(Problem) { committed = try await installation.source.committedFiles(at: decided) } catch {
      return patterns.map {
        fault(.unbound, $0, "cannot be looked for in the commit: \(error.what)", error.remedy ?? checkout)
      }
    }
    var entries: [Committed] = []
    var known: Set<String> = []
    for pattern in patterns {
      let glob: Glob
      do throws(Glob.Fault) { glob = try Glob(pattern) } catch {
        entries.append(fault(.unreadable, pattern, "is no pattern for files: \(error)", "correct the policy"))
        continue
      }
      let found = committed.filter { glob.matches($0) }
      let alone = uncommitted(glob, besides: Set(found))
      entries += alone.prefix(Self.mostNotes).map { path in
        // Where a commit has others, a stray one is only told: a wide pattern meets what packages bring along.
        found.isEmpty
          ? fault(.unbound, path, "is not in the commit, and nothing else lets findings off", "commit it, or remove it")
          : .note("\(DisplayText.bounded(path)) is not in the commit and lets nothing off")
      }
      if found.isEmpty, alone.isEmpty {
        let isPlain = !pattern.contains { "*?[{".contains($0) }
        entries.append(
          isPlain
            ? fault(.missing, pattern, "is not in the commit", "commit it, or take it out of the policy")
            : .note("\(DisplayText.bounded(pattern)) names no file of the commit"))
      }
      for path in found where known.insert(path).inserted {
        guard known.count <= Self.mostFiles else {
          entries.append(fault(.unreadable, pattern, "names more than \(Self.mostFiles) files", "name fewer"))
          break
        }
        do throws(Problem) {
          guard let bytes = try await installation.source.committedBytes(of: path, at: decided, atMost: limit) else {
            entries.append(fault(.missing, path, "is not in the commit", "commit it"))
            continue
          }
          entries.append(.file(path: path, bytes: bytes))
        } catch {
          entries.append(fault(.unreadable, path, "cannot be read in the commit: \(error.what)", "see git fsck"))
        }
      }
    }
    return entries
  }

  /// Files on disk that a pattern names too: nobody shall believe that they count.
  private func uncommitted(_ glob: Glob, besides committed: Set<String>) -> [String] {
    do { return try FileFinder(root: installation.folder).find(glob).files.filter { !committed.contains($0) } } catch {
      return []
    }
  }
}
