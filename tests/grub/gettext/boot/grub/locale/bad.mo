not a catalogue
