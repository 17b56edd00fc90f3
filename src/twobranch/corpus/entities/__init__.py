"""The parts of Flickr30k Entities: phrases marked in sentences, boxes in XML, pictures named by an id."""
