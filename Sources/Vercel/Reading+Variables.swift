import Core

extension VercelClient {
  /// The project's environment variables, decrypted where Vercel allows it.
  ///
  /// A token that may read names but no values still gets the names: then every ``VercelVariable/value`` is `nil`. A
  /// demand for a second factor is an error all the same: it would come again, and says what to do.
  package func variables(of project: String) async throws(VercelProblem) -> [VercelVariable] {
    try await variableList(of: project).entries
  }

  /// The same, and how many are kept from this token.
  package func variableList(of project: String) async throws(VercelProblem) -> VercelVariables {
    do {
      return try await variableList(of: project, decrypt: true)
    } catch  where error.kind == .forbidden {
      var list = try await variableList(of: project, decrypt: false)
      for index in list.entries.indices {
        list.entries[index].value = nil
        list.entries[index].isPlaceholder = false
      }
      return list
    }
  }

  /// The team's variables that the project is linked to. What Vercel does not say to have decrypted has no value.
  ///
  /// - Parameter project: `prj_…`.
  package func sharedVariables(of project: String) async throws(VercelProblem) -> [VercelVariable] {
    let what = "read the shared variables of \(project)"
    var variables: [VercelVariable] = []
    try await eachPage(["v1", "env"], [("projectId", project)], what) { json throws(VercelProblem) in
      guard let entries = json["data"]?.array else { throw garbled(what, "the answer holds no list of variables") }
      for entry in entries {
        // The filter is held to: a variable of another project is none of ours.
        if let projects = entry["projectId"]?.array, !projects.contains(where: { $0.string == project }) { continue }
        guard var variable = VercelVariable(json: entry) else { throw garbled(what, "a variable without a name") }
        if variable.type == "encrypted", entry["decrypted"]?.bool != true {
          variable.value = nil
          variable.isPlaceholder = false
        }
        variables.append(variable)
      }
      return entries
    }
    return variables
  }

  private func variableList(of project: String, decrypt: Bool) async throws(VercelProblem) -> VercelVariables {
    let what = "read the variables of \(project)"
    var list = VercelVariables(entries: [], hidden: 0)
    let query = [("decrypt", decrypt ? "true" : "false")]
    try await eachPage(["v10", "projects", project, "env"], query, what) { json throws(VercelProblem) in
      // One object instead of a list when there is only one (vendor's description).
      guard let entries = json["envs"]?.array ?? (json["key"] == nil ? nil : [json]) else {
        throw garbled(what, "the answer holds no list of variables")
      }
      for entry in entries {
        guard let variable = VercelVariable(json: entry) else { throw garbled(what, "a variable without a name") }
        list.entries.append(variable)
      }
      list.hidden = max(list.hidden, Int(clamping: json["hiddenProductionEnvCount"]?.integer ?? 0))
      return entries
    }
    return list
  }

  /// Reads a list page by page. The vendor describes pages of variables and no way to ask for the next one; `until` is how
  /// its other lists are read on, so that a service which passes it over would answer with the first page again.
  private func eachPage(
    _ path: [String], _ query: [(String, String)], _ what: String,
    _ read: (JSON) throws(VercelProblem) -> [JSON]
  ) async throws(VercelProblem) {
    var seen: Set<String> = []
    var page: [(String, String)] = []
    while true {
      var call = VercelCall("GET", path, what)
      call.query = query + page
      let json = try await send(call).json
      let entries = try read(json)
      for entry in entries {
        guard let id = entry["id"]?.string else { continue }
        guard seen.insert(id).inserted, seen.count <= 10_000 else {
          throw garbled(what, "the pages of the list repeat themselves or have no end")
        }
      }
      guard let next = json["pagination"]?["next"], !next.isNull else { return }
      // Without ids nobody can tell a page from the one before.
      guard let value = next.integer, page.first?.1 != String(value), !entries.isEmpty,
        entries.allSatisfy({ $0["id"]?.string != nil })
      else { throw garbled(what, "the list is not complete, and its next page cannot be asked for") }
      page = [("until", String(value))]
    }
  }
}
