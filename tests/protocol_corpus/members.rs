/// The members of a JSON object, each value as JSON text, so that any odd object can be written.
#[derive(Clone)]
pub struct Members(Vec<(String, String)>);

impl Members {
    pub fn new(members: &[(&str, &str)]) -> Self {
        Self(
            members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(member, _)| member == name)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(member, _)| member == name).map(|(_, value)| value.as_str())
    }

    /// Writes a member, in the place of the one of this name if there is one.
    pub fn write(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(member, _)| member == name) {
            Some(member) => value.clone_into(&mut member.1),
            None => self.repeat(name, value),
        }
    }

    /// Writes a member that may be there already.
    pub fn repeat(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(member, _)| member != name);
    }

    pub fn reverse(&mut self) {
        self.0.reverse();
    }

    pub fn text(&self) -> String {
        let members: Vec<String> =
            self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }
}
