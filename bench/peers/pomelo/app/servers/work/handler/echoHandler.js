function Echo() {}

// A class would not do: pomelo finds the methods that can be enumerated.
Echo.prototype.hit = ({ target, text, sentAt }, _session, next) => {
  // Not the object it came in: that has got another field meanwhile.
  next(null, { target, text, sentAt });
};

module.exports = () => new Echo();
