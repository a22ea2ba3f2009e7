class Echo {
  async hit(line) {
    return line;
  }
}

exports.default = () => new Echo();
